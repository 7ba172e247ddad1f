//! What went wrong.

use super::escape;
use crate::cli::trace::story::Story;

fn shown(story: &Story) -> Option<String> {
    let failure = story.run.failure.as_ref()?;
    let place = match &failure.stage {
        Some(stage) => format!("{} / {stage}", failure.job),
        None => failure.job.clone(),
    };
    let mut parts = vec![format!("<p class=\"message\">{}</p>\n", escape(&failure.message))];
    let mut facts = vec![place, failure.kind.clone()];
    facts.extend((!failure.location.is_empty()).then(|| failure.location.clone()));
    let facts = facts.iter().map(|fact| format!("<code>{}</code>", escape(fact))).collect::<Vec<_>>();
    parts.push(format!("<p>{}</p>\n", facts.join(" · ")));
    parts.extend(failure.hints.iter().map(|hint| format!("<p><b>Help:</b> {}</p>\n", escape(hint))));
    if !failure.backtrace.is_empty() {
        let frames = failure.backtrace.iter().map(|frame| escape(frame)).collect::<Vec<_>>();
        parts.push(format!("<p>In the plugin, innermost first:</p>\n<pre>{}</pre>\n", frames.join("\n")));
    }
    Some(format!("<div class=\"failure\">\n{}</div>\n", parts.concat()))
}

pub(super) fn section(story: &Story) -> String {
    super::section("What went wrong", &shown(story).unwrap_or_default())
}
