//! Where the documents of a trace are read: X-Ray's own store, or CloudWatch's where Transaction Search is on.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_xray::Client;
use aws_sdk_xray::primitives::DateTime;
use aws_sdk_xray::types::{RetrievalStatus, TraceFormatType, TraceSegmentDestination};
use tokio::time::sleep;

use crate::error::{Error, Trouble};

/// Pages of one answer: a trace has at most 500 KB, and a page is not small.
const MOST_PAGES: usize = 50;
/// Between two looks at a retrieval.
const LOOK: Duration = Duration::from_millis(500);
/// Before a trace's own time: clocks differ.
const MARGIN: u64 = 5 * 60;

/// Where an account keeps its traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// X-Ray's own store, which `BatchGetTraces` reads.
    XRay,
    /// Log groups of CloudWatch, out of which traces must be retrieved.
    Logs,
}

impl Source {
    /// Where this account's are. Who may not ask, or asks something older, has them where they always were.
    pub(crate) async fn of_account(client: &Client) -> Self {
        let answer = client.get_trace_segment_destination().send().await;
        match answer.ok().and_then(|answer| answer.destination) {
            Some(TraceSegmentDestination::CloudWatchLogs) => Self::Logs,
            _ => Self::XRay,
        }
    }

    /// All documents of a trace that are there now.
    pub(crate) async fn documents(self, client: &Client, trace_id: &str) -> Result<Vec<String>, Trouble> {
        match self {
            Self::XRay => stored(client, trace_id).await,
            Self::Logs => retrieved(client, trace_id).await,
        }
    }
}

async fn stored(client: &Client, trace_id: &str) -> Result<Vec<String>, Trouble> {
    let (mut documents, mut page) = (Vec::new(), None);
    for _ in 0..MOST_PAGES {
        // Of the five traces that may be asked for at once ours is one.
        let answer = client.batch_get_traces().trace_ids(trace_id).set_next_token(page).send().await;
        let answer = answer.map_err(|error| Trouble::of("BatchGetTraces", &error))?;
        // A trace that is not there, or not ready, is simply not among them.
        let segments = answer.traces.unwrap_or_default().into_iter().filter_map(|trace| trace.segments);
        documents.extend(segments.flatten().filter_map(|segment| segment.document));
        page = answer.next_token.filter(|page| !page.is_empty());
        if page.is_none() {
            break;
        }
    }
    Ok(documents)
}

async fn retrieved(client: &Client, trace_id: &str) -> Result<Vec<String>, Trouble> {
    const LIST: &str = "ListRetrievedTraces";
    let (from, to) = span_of_time(trace_id, SystemTime::now());
    let begun = client.start_trace_retrieval().trace_ids(trace_id).start_time(from).end_time(to).send().await;
    let begun = begun.map_err(|error| Trouble::of("StartTraceRetrieval", &error))?;
    let token = begun.retrieval_token.unwrap_or_default();
    let (mut documents, mut page) = (Vec::new(), None);
    let mut pages = 0;
    // However long it takes: the search has its end of time.
    while pages < MOST_PAGES {
        let list = client.list_retrieved_traces().retrieval_token(&token).trace_format(TraceFormatType::Xray);
        let answer = list.set_next_token(page.take()).send().await;
        let answer = answer.map_err(|error| Trouble::of(LIST, &error))?;
        match answer.retrieval_status {
            Some(RetrievalStatus::Running | RetrievalStatus::Scheduled) => {
                documents.clear();
                sleep(LOOK).await;
                continue;
            }
            None | Some(RetrievalStatus::Complete) => {}
            Some(status) => {
                let error = Error::NotRetrieved { status: status.as_str().to_owned() };
                return Err(Trouble { error, for_now: true });
            }
        }
        let spans = answer.traces.unwrap_or_default().into_iter().filter_map(|trace| trace.spans);
        documents.extend(spans.flatten().filter_map(|span| span.document));
        pages += 1;
        page = answer.next_token.filter(|page| !page.is_empty());
        if page.is_none() {
            break;
        }
    }
    Ok(documents)
}

/// The time in which a trace's documents are looked for: from its beginning, which its id has, until now.
fn span_of_time(trace_id: &str, now: SystemTime) -> (DateTime, DateTime) {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let begun = trace_id.split('-').nth(1).and_then(|time| u64::from_str_radix(time, 16).ok());
    let begun = begun.filter(|begun| *begun <= now).unwrap_or(now).saturating_sub(MARGIN);
    let time = |seconds| DateTime::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    (time(begun), time(now + MARGIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_looked_for_from_its_beginning() {
        let now = UNIX_EPOCH + Duration::from_secs(0x5759_e988 + 3600);
        let seconds = |(from, to): (DateTime, DateTime)| (from.secs(), to.secs());
        let since = |id| seconds(span_of_time(id, now));
        let end = 0x5759_e988 + 3600 + 300;
        assert_eq!(since("1-5759e988-bd862e3fe1be46a994272793"), (0x5759_e988 - 300, end));
        // An id that was not made by the clock says nothing of time.
        assert_eq!(since("1-ffffffff-bd862e3fe1be46a994272793"), (end - 600, end));
    }
}
