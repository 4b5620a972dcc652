//! The target of a row and the options of its loss.

use crate::Wide;

/// What a row is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target<'a> {
    /// A class.
    Label(usize),
    /// A weight q >= 0 for each class, whose sum need not be 1.
    Probabilities(&'a [f64]),
}

/// The options of the loss. The default is the plain loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options<'a> {
    /// w, finite and >= 0, one for each class; all 1 where absent.
    pub class_weights: Option<&'a [f64]>,
    /// r, finite and >= 0, of the whole loss: z-loss too.
    pub row_weight: f64,
    /// e, of [0, 1]: how much of the target is spread evenly over the classes.
    pub label_smoothing: f64,
    /// k, finite and >= 0: the coefficient of the squared log-sum-exp.
    pub z_loss: f64,
    /// s, finite and > 0: the bound of the logits.
    pub softcap: Option<f64>,
    /// T, finite and > 0: what logits, capped ones where there is a softcap, are divided by.
    pub temperature: f64,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            class_weights: None,
            row_weight: 1.0,
            label_smoothing: 0.0,
            z_loss: 0.0,
            softcap: None,
            temperature: 1.0,
        }
    }
}

impl Options<'_> {
    /// tau, of each class: `r w_c ((1 - e) q_c + e / C)`.
    pub(super) fn target_weights(&self, target: Target<'_>, n_classes: usize) -> Vec<Wide> {
        if let Some(weights) = self.class_weights {
            assert_eq!(weights.len(), n_classes, "each class has a weight");
        }
        match target {
            Target::Label(label) => assert!(label < n_classes, "the label is a class"),
            Target::Probabilities(q) => {
                assert_eq!(q.len(), n_classes, "each class has a target probability");
            }
        }
        let smoothing = Wide::from(self.label_smoothing);
        let kept = Wide::ONE - smoothing;
        let spread = smoothing / Wide::from(n_classes as f64);
        let weight = |c: usize| {
            let q = match target {
                Target::Label(label) => f64::from(u8::from(c == label)),
                Target::Probabilities(q) => q[c],
            };
            let class_weight = self.class_weights.map_or(1.0, |weights| weights[c]);
            let row_and_class = Wide::from(self.row_weight) * Wide::from(class_weight);
            row_and_class * (kept * Wide::from(q) + spread)
        };
        (0..n_classes).map(weight).collect()
    }
}
