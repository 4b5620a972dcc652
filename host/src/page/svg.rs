//! A small writer of SVG: what plots are made of, in classes that style.css colours.

use std::fmt::{self, Display, Write};

/// The style that a plot by itself has; within a page it is the page's.
const STYLE: &str = include_str!("plot.css");

/// A drawing in the making. Coordinates are pixels from the upper left.
#[derive(Clone, Debug)]
pub(super) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text has its point.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            body: String::new(),
        }
    }

    pub(super) fn line(&mut self, class: &str, from: [f64; 2], to: [f64; 2]) {
        let ([x1, y1], [x2, y2]) = (from, to);
        self.push(format_args!(
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        ));
    }

    /// A rectangle that tells more where a pointer rests on it.
    pub(super) fn rect(&mut self, class: &str, corner: [f64; 2], size: [f64; 2], tip: &str) {
        let ([x, y], [width, height]) = (corner, size);
        let tip = Escaped(tip);
        self.push(format_args!(
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}"><title>{tip}</title></rect>"#
        ));
    }

    pub(super) fn text(&mut self, class: &str, [x, y]: [f64; 2], anchor: Anchor, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = Escaped(text);
        self.push(format_args!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    /// A text along the vertical axis, read from below.
    pub(super) fn upright(&mut self, class: &str, [x, y]: [f64; 2], text: &str) {
        let text = Escaped(text);
        self.push(format_args!(
            r#"<text class="{class}" transform="translate({x:.1} {y:.1}) rotate(-90)" text-anchor="middle">{text}</text>"#
        ));
    }

    pub(super) fn curve(&mut self, class: &str, points: impl Iterator<Item = [f64; 2]>) {
        let mut path = String::new();
        for (index, [x, y]) in points.enumerate() {
            let command = if index == 0 { 'M' } else { 'L' };
            let _ = write!(path, "{command}{x:.1} {y:.1}");
        }
        self.push(format_args!(r#"<path class="{class}" d="{path}"/>"#));
    }

    fn push(&mut self, element: fmt::Arguments<'_>) {
        // A string takes everything.
        let _ = self.body.write_fmt(element);
        self.body.push('\n');
    }

    /// As a part of a page.
    pub(super) fn inline(&self, title: &str) -> String {
        self.element("", title, "")
    }

    /// As a document of its own.
    pub(super) fn document(&self, title: &str) -> String {
        let namespace = r#" xmlns="http://www.w3.org/2000/svg""#;
        let style = format!("<style>\n{STYLE}</style>\n");
        self.element(namespace, title, &style) + "\n"
    }

    fn element(&self, namespace: &str, title: &str, style: &str) -> String {
        let Self {
            width,
            height,
            body,
        } = self;
        let title = Escaped(title);
        format!(
            "<svg{namespace} class=\"plot\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
             aria-label=\"{title}\">\n{style}{body}</svg>"
        )
    }
}

/// Text between tags and in quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // No XML has them.
                c if c.is_control() => f.write_char('\u{fffd}')?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_classes_are_text() {
        let name = "<script>\"&'\n</script>";
        let escaped = "&lt;script&gt;&quot;&amp;&#39;\u{fffd}&lt;/script&gt;";
        assert_eq!(Escaped(name).to_string(), escaped);
    }
}
