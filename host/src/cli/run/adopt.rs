//! The search for the step that started the run, while the run is at work.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::Duration;

use etl_aws::{Answer, Certainty, Step, find_step};
use etl_store::Environment;
use etl_trace::{Adoption, LateParent, Parent, Sampling};

use crate::cli::args::XRayArgs;
use crate::cli::printer::Printer;

/// Begins to look for the step, where one is named and there is a trace to look in.
pub(super) fn begin(
    args: &XRayArgs,
    parent: Option<&Parent>,
    sampling: &Sampling,
    stop: Arc<AtomicBool>,
    printer: Printer,
) -> Option<LateParent> {
    let name = args.step.clone()?;
    let Some(parent) = parent else {
        printer
            .warn(format!("the step `{name}` is not looked for: no trace header says which trace it is in"));
        return None;
    };
    if !sampling.samples(parent) {
        return None;
    }
    let wanted = Step {
        trace_id: parent.xray_trace_id(),
        machine: args.machine.clone(),
        name,
        request_id: args.request_id.clone(),
    };
    let wait = args.wait;
    let (promise, late) = LateParent::promised(wait, stop);
    let look =
        move || promise.keep(adoption(find_step(&Environment::of_process(), &wanted, wait), &wanted, wait));
    // Nobody waits for this thread: it ends with its time, or with the program.
    match thread::Builder::new().name("xray".to_owned()).spawn(look) {
        Ok(_) => Some(late),
        Err(error) => {
            printer.warn(format!("the step is not looked for: {error}"));
            None
        }
    }
}

fn adoption(answer: Answer, step: &Step, wait: Duration) -> Adoption {
    let Answer { parent, asked, error } = answer;
    let trouble = error.map(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    });
    let seconds = wait.as_secs_f64();
    let missing =
        |what: &str| format!("{what} did not come in {seconds} s, in which X-Ray was asked {asked} times");
    let reason = match parent {
        Some((_, Certainty::Request)) => None,
        Some((_, Certainty::Call)) => Some(missing("the segment of its request")),
        Some((_, Certainty::Step)) => Some(missing("its request")),
        None => Some(trouble.unwrap_or_else(|| missing(&format!("the step `{}`", step.name)))),
    };
    Adoption {
        parent: parent.map(|(parent, _)| parent),
        found_by: parent.map_or("header", |(_, certainty)| certainty.as_str()).to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_found_is_told_with_its_reason() {
        let step = Step { name: "clean".into(), ..Step::default() };
        let told = |answer| {
            let Adoption { found_by, reason, .. } = adoption(answer, &step, Duration::from_secs(30));
            format!("{found_by}: {}", reason.unwrap_or_default())
        };
        let found = |certainty| Answer { parent: Some(([1; 8], certainty)), asked: 7, error: None };
        let all = [
            told(found(Certainty::Request)),
            told(found(Certainty::Call)),
            told(found(Certainty::Step)),
            told(Answer { asked: 7, ..Answer::default() }),
            told(Answer { error: Some(etl_aws::Error::NoRegion), ..Answer::default() }),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        request: 
        call: the segment of its request did not come in 30 s, in which X-Ray was asked 7 times
        step: its request did not come in 30 s, in which X-Ray was asked 7 times
        header: the step `clean` did not come in 30 s, in which X-Ray was asked 7 times
        header: can't ask X-Ray: no region; set AWS_REGION
        ");
    }
}
