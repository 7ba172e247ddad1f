//! AWS Signature Version 4, from the side that checks it.

use sha2::{Digest, Sha256};

use crate::http::Request;

pub(super) const ACCESS_KEY: &str = "AKIDEXAMPLE";
pub(super) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
pub(super) const REGION: &str = "eu-central-1";
const SERVICE: &str = "xray";
const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What is wrong with a request's signature.
pub(super) fn check(request: &Request) -> Result<(), String> {
    let header = |name: &str| request.header(name).ok_or_else(|| format!("no header {name}"));
    let (authorization, time) = (header("authorization")?, header("x-amz-date")?);
    let fields = authorization.strip_prefix(ALGORITHM).ok_or("another algorithm")?.trim();
    let field = |name: &str| {
        let found = fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        found.ok_or_else(|| format!("no {name} in {authorization}"))
    };
    let date = time.get(..8).ok_or("no date")?;
    let scope = format!("{date}/{REGION}/{SERVICE}/aws4_request");
    if field("Credential")? != format!("{ACCESS_KEY}/{scope}") {
        return Err(format!("another scope than {scope}: {authorization}"));
    }
    let signed = field("SignedHeaders")?;
    if !["host", "x-amz-date"].iter().all(|name| signed.split(';').any(|signed| signed == *name)) {
        return Err(format!("too few headers are signed: {signed}"));
    }
    let mut headers = String::new();
    for name in signed.split(';') {
        headers.extend([name, ":", header(name)?, "\n"]);
    }
    let Request { method, path, body, .. } = request;
    let canonical = format!("{method}\n{path}\n\n{headers}\n{signed}\n{}", hex(&Sha256::digest(body)));
    let told = format!("{ALGORITHM}\n{time}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let secret = format!("AWS4{SECRET_KEY}");
    let parts = [date, REGION, SERVICE, "aws4_request", &told];
    let signature = parts.iter().fold(secret.into_bytes(), |key, part| hmac(&key, part.as_bytes()));
    let (expected, found) = (hex(&signature), field("Signature")?);
    if found == expected { Ok(()) } else { Err(format!("signature {found}, expected {expected}")) }
}

/// HMAC-SHA256.
fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut block = if key.len() > BLOCK { Sha256::digest(key).to_vec() } else { key.to_vec() };
    block.resize(BLOCK, 0);
    let padded = |pad: u8| block.iter().map(|byte| byte ^ pad).collect::<Vec<_>>();
    let inner = Sha256::new_with_prefix(padded(0x36)).chain_update(text).finalize();
    Sha256::new_with_prefix(padded(0x5c)).chain_update(inner).finalize().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    let digits = |byte: &u8| [byte >> 4, byte & 0xf].map(|digit| char::from_digit(digit.into(), 16).unwrap());
    bytes.iter().flat_map(digits).collect()
}
