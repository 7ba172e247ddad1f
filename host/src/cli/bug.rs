//! What happens when this program is wrong.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::{PanicHookInfo, UnwindSafe, catch_unwind, set_hook};

use super::Printer;
use super::exit::Exit;

/// Runs `program`. A panic anywhere is told as the bug that it is; one that reaches this place ends the program.
pub(crate) fn catch(program: impl FnOnce() -> Exit + UnwindSafe) -> Exit {
    set_hook(Box::new(tell));
    catch_unwind(program).unwrap_or(Exit::Bug)
}

fn tell(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
    let backtrace = Backtrace::capture();
    let backtrace = match backtrace.status() {
        BacktraceStatus::Captured => Some(backtrace.to_string()),
        _ => None,
    };
    Printer::plain().bug(&format!("{message}{}", place.unwrap_or_default()), backtrace.as_deref());
}

#[cfg(test)]
mod tests {
    use super::{Exit, catch};

    #[test]
    fn a_panic_is_an_exit_code_of_its_own() {
        assert_eq!(catch(|| panic!("a test")), Exit::Bug);
        assert_eq!(catch(|| Exit::Success), Exit::Success);
        drop(std::panic::take_hook());
    }
}
