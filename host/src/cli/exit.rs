//! Exit codes.

use std::process::ExitCode;

use etl_engine::{FailureKind, Report, Status};

/// How the program ends. Wrong usage, 2, is left to clap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All is well.
    Success = 0,
    /// The run failed, or what was looked at is not valid.
    Failure = 1,
    /// A fault of this program; the number is `EX_SOFTWARE` of sysexits.h.
    Bug = 70,
    /// Stopped by Ctrl-C or SIGTERM; 128 + SIGINT, as a shell has it.
    Interrupted = 130,
}

impl Exit {
    /// How the program ends after this run.
    pub(crate) fn of(report: &Report) -> Self {
        let failure = report.failure.as_ref().map(|failure| failure.kind);
        match (report.status, failure) {
            (Status::Succeeded, _) => Self::Success,
            (Status::Interrupted, _) => Self::Interrupted,
            (_, Some(FailureKind::Internal)) => Self::Bug,
            _ => Self::Failure,
        }
    }

    /// Its number.
    pub(crate) fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
