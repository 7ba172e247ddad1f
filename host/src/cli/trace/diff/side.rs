//! A job or a stage in one of two runs.

use serde::Serialize;

use crate::cli::format::{count, milliseconds};
use crate::cli::trace::cost::PARTS;
use crate::cli::trace::run::{Job, Stage};

/// A time that differs by no more than this says nothing.
const NOISE_MS: f64 = 5.0;

/// A job or a stage in one of the runs.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Side {
    rows_in: u64,
    pub(super) rows_out: u64,
    rejected: u64,
    /// Of a job from its beginning to its end, of a stage over all its instances.
    time_ms: f64,
    #[serde(flatten)]
    pub(super) stage: Option<StageSide>,
}

/// What only stages have.
#[derive(Clone, Debug, Serialize)]
pub(super) struct StageSide {
    skipped: u64,
    retries: u64,
    restarts: u64,
    /// What the time went to, where the record tells it.
    #[serde(flatten)]
    split: Option<Split>,
    /// The same numbers as people are told them.
    #[serde(skip)]
    bore: String,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Split {
    #[serde(rename = "guest_ms")]
    guest: f64,
    #[serde(rename = "boundary_ms")]
    boundary: f64,
    #[serde(rename = "host_ms")]
    host: f64,
    #[serde(rename = "io_ms")]
    io: f64,
}

impl Side {
    pub(super) fn of_job(job: &Job) -> Self {
        let rows_out =
            job.outputs.iter().find(|output| output.port.is_none()).map_or(0, |output| output.rows);
        let rejected = job.rejects.rows;
        Self { rows_in: job.source.rows, rows_out, rejected, time_ms: job.duration_ms, stage: None }
    }

    pub(super) fn of_stage(stage: &Stage) -> Self {
        let split = |[guest, boundary, host, io]: [f64; 4]| Split { guest, boundary, host, io };
        Self {
            rows_in: stage.rows_in,
            rows_out: stage.rows_out,
            rejected: stage.rejected,
            time_ms: stage.time_ms(),
            stage: Some(StageSide {
                skipped: stage.skipped,
                retries: stage.retries,
                restarts: stage.restarts,
                split: stage.parts().map(split),
                bore: stage.bore().join(", "),
            }),
        }
    }
}

impl Split {
    fn parts(self) -> [f64; 4] {
        [self.guest, self.boundary, self.host, self.io]
    }
}

/// What of a stage's time differs, and what it bore with where that does.
pub(super) fn differences(one: &StageSide, other: &StageSide) -> Vec<String> {
    let mut told = Vec::new();
    if let (Some(before), Some(after)) = (one.split, other.split) {
        let parts = PARTS.into_iter().zip(before.parts().into_iter().zip(after.parts()));
        let differs = parts.filter(|(_, (before, after))| (after - before).abs() > NOISE_MS);
        let part = |(name, (before, after))| {
            format!("{name} {} → {}", milliseconds(before), milliseconds(after)).replace(' ', "\u{a0}")
        };
        let parts = differs.map(part).collect::<Vec<_>>();
        told.extend((!parts.is_empty()).then(|| parts.join(", ")));
    }
    if one.bore != other.bore {
        let shown =
            |bore: &str| if bore.is_empty() { "no rejects or retries".to_owned() } else { bore.to_owned() };
        told.push(format!("{} → {}", shown(&one.bore), shown(&other.bore)));
    }
    told
}

/// Rows that came out, and time, of both sides.
pub(super) fn shown(sides: &[Option<Side>; 2]) -> [String; 2] {
    match sides {
        [Some(one), Some(other)] => {
            let rows = if one.rows_out == other.rows_out {
                count(one.rows_out)
            } else {
                format!("{} → {}", count(one.rows_out), count(other.rows_out))
            };
            let (before, after) = (milliseconds(one.time_ms), milliseconds(other.time_ms));
            let ratio = other.time_ms / one.time_ms.max(f64::MIN_POSITIVE);
            let much = (other.time_ms - one.time_ms).abs() > NOISE_MS;
            let ratio = if much { format!("  ×{ratio:.2}") } else { String::new() };
            [rows, format!("{before} → {after}{ratio}")]
        }
        [Some(side), None] | [None, Some(side)] => [count(side.rows_out), milliseconds(side.time_ms)],
        [None, None] => [String::new(), String::new()],
    }
}
