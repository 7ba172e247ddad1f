//! Asks until the step is found or time is up: traces arrive late and in pieces.

use std::time::Duration;

use etl_store::Environment;
use tokio::runtime;
use tokio::time::{sleep, timeout};

use crate::Answer;
use crate::client::connect;
use crate::error::Error;
use crate::sources::Source;
use crate::step::{Certainty, Step};
use crate::traces::Pieces;

/// Before the second question. X-Ray has what Step Functions sends after some seconds.
const FIRST: Duration = Duration::from_millis(250);
/// Between two questions, at most.
const LONGEST: Duration = Duration::from_secs(5);

/// Looks for the segment that a step's run belongs under, for at most `wait`. Blocks, so not for an asynchronous task.
///
/// It ends before that when the answer cannot become better, or X-Ray says something that time does not change.
pub fn find_step(environment: &Environment, step: &Step, wait: Duration) -> Answer {
    let mut answer = Answer::default();
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Answer { error: Some(Error::Start(error)), ..answer },
    };
    // A search that is cut off leaves what it has found in the answer.
    let _ = runtime.block_on(async { timeout(wait, search(environment, step, &mut answer)).await });
    // A name look-up may still hang in there.
    runtime.shutdown_background();
    answer
}

async fn search(environment: &Environment, step: &Step, answer: &mut Answer) {
    let client = match connect(environment).await {
        Ok(client) => client,
        Err(error) => return answer.error = Some(error),
    };
    let source = Source::of_account(&client).await;
    let mut pieces = Pieces::default();
    let mut pause = FIRST;
    loop {
        answer.asked += 1;
        match source.documents(&client, &step.trace_id).await {
            Ok(documents) => {
                answer.error = None;
                // An answer may lack what an earlier one had.
                for document in &documents {
                    pieces.take(document);
                }
                answer.parent = step.find(&pieces).or(answer.parent);
            }
            Err(trouble) => {
                answer.error = Some(trouble.error);
                if !trouble.for_now {
                    return;
                }
            }
        }
        if matches!(answer.parent, Some((_, Certainty::Request))) {
            return;
        }
        // Jobs that were started together should not ask together.
        sleep(pause.mul_f64(0.75 + fastrand::f64() / 2.0)).await;
        pause = (pause * 2).min(LONGEST);
    }
}
