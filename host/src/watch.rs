//! What a person at a terminal sees and does while it takes its time: a progress bar, and Ctrl-C.

use std::{
    fmt,
    io::{self, IsTerminal},
    time::Duration,
};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

/// A progress bar with rate and time left on standard error; nothing where that is no terminal.
pub(crate) struct Watch(ProgressBar);

impl Watch {
    pub(crate) fn new(n_rows: usize) -> Self {
        if !io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::with_draw_target(Some(n_rows as u64), ProgressDrawTarget::stderr());
        let style = "{wide_bar} {percent}% of {human_len} rows, {rate} a second, {eta} left";
        let style = ProgressStyle::with_template(style).expect("the template is sound");
        bar.set_style(
            style.with_key("rate", |state: &ProgressState, to: &mut dyn fmt::Write| {
                let _ = write!(to, "{}", HumanCount(state.per_sec() as u64));
            }),
        );
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    /// So many more rows are done.
    pub(crate) fn advance(&self, rows: usize) {
        self.0.inc(rows as u64);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Lets Ctrl-C and a request to terminate end the program with status 130, and without a temporary
/// output left behind.
pub(crate) fn interruption() {
    #[expect(
        clippy::disallowed_methods,
        reason = "what a destructor would do has been done, and other threads may wait for input"
    )]
    let end = || {
        surprisal_host::discard_outputs();
        std::process::exit(130)
    };
    // Where there is no handler to be had the system ends the program, and leaves a temporary file.
    let _ = ctrlc::set_handler(end);
}
