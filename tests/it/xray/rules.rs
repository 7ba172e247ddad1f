//! How X-Ray hands out sampling rules, and what it is told of them: `GetSamplingRules` and `GetSamplingTargets`.

use serde_json::{Value, json};

/// Statistics that one question may bring.
const MOST_STATISTICS: usize = 25;

/// What is to be answered, and what was asked.
#[derive(Default)]
pub(super) struct Rules {
    /// Questions come unsigned, as to a proxy.
    pub(super) is_proxy: bool,
    /// The answer to a question for rules: a status, and a body as it is.
    pub(super) answer: Option<(&'static str, String)>,
    /// How often rules were asked for.
    pub(super) asked: usize,
    /// What was told of rules.
    pub(super) statistics: Vec<Value>,
}

/// A rule as X-Ray's reference has it.
pub(super) fn rule(name: &str, priority: i32, rate: f64, reservoir: i32, service: &str) -> Value {
    json!({
        "RuleName": name, "RuleARN": format!("arn:aws:xray:eu-central-1:1:sampling-rule/{name}"), "ResourceARN": "*",
        "Priority": priority, "FixedRate": rate, "ReservoirSize": reservoir, "ServiceName": service, "ServiceType": "*",
        "Host": "*", "HTTPMethod": "*", "URLPath": "*", "Version": 1, "Attributes": {},
    })
}

/// The answer that has these rules.
pub(super) fn rules(rules: &[Value]) -> String {
    let records =
        rules.iter().map(|rule| json!({ "SamplingRule": rule, "CreatedAt": 0.0, "ModifiedAt": 1.5e9 }));
    json!({ "SamplingRuleRecords": records.collect::<Vec<_>>(), "NextToken": null }).to_string()
}

impl Rules {
    /// The status and the body, or what is wrong with the question.
    pub(super) fn ask(&mut self, operation: &str, body: &Value) -> Result<(&'static str, String), String> {
        if operation == "/GetSamplingRules" {
            self.asked += 1;
            return Ok(self.answer.clone().unwrap_or_else(|| ("200 OK", rules(&[]))));
        }
        let documents = body["SamplingStatisticsDocuments"].as_array().ok_or("no statistics")?;
        if documents.is_empty() || documents.len() > MOST_STATISTICS {
            return Err(format!("{} statistics", documents.len()));
        }
        for document in documents {
            check(document).map_err(|complaint| format!("{complaint}: {document}"))?;
        }
        self.statistics.extend(documents.iter().cloned());
        let target = |document: &Value| {
            json!({ "RuleName": document["RuleName"], "FixedRate": 0.5, "ReservoirQuota": 1,
                "ReservoirQuotaTTL": 4.0e9, "Interval": 10 })
        };
        let targets: Vec<_> = documents.iter().map(target).collect();
        let answer = json!({ "SamplingTargetDocuments": targets, "LastRuleModification": 1.5e9 });
        Ok(("200 OK", answer.to_string()))
    }
}

fn check(document: &Value) -> Result<(), &'static str> {
    let id = document["ClientID"].as_str().ok_or("no client")?;
    if id.len() != 24 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err("a wrong client");
    }
    if !document["RuleName"].is_string() || !document["Timestamp"].is_number() {
        return Err("no rule or no time");
    }
    // The client leaves out what is 0 and may be.
    let count = |key: &str| document.get(key).map_or(Some(0), Value::as_u64);
    match (count("RequestCount"), count("SampledCount"), count("BorrowCount")) {
        (Some(requests), Some(sampled), Some(borrowed)) if requests >= sampled && sampled >= borrowed => {
            Ok(())
        }
        _ => Err("wrong counts"),
    }
}
