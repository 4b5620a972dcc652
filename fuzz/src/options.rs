//! Options of the loss, as the kernel and the reference see them.

use surprisal::{Backend, CrossEntropy, Denominator, Reduction, Values};
use surprisal_reference::{Float, Objective, Options as Textbook, Target};

use crate::bytes::Bytes;

/// Weights or target probabilities, in either precision.
#[derive(Clone, Debug)]
pub enum Weights {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

impl Weights {
    /// `len` weights: mostly allowed ones, rarely one that is not.
    fn read(bytes: &mut Bytes<'_>, len: usize) -> Self {
        let shape = bytes.byte();
        let pattern: Vec<f64> = (0..=shape as usize % 16).map(|_| weight(bytes)).collect();
        let mut weights: Vec<f64> = pattern.into_iter().cycle().take(len).collect();
        if len > 0 && bytes.once_in(64) {
            let place = bytes.below(len);
            weights[place] = bytes.choose(&[-1.0, f64::NAN, f64::INFINITY, 2e30]);
        }
        if shape & 128 == 0 {
            Self::F64(weights)
        } else {
            Self::F32(weights.into_iter().map(|weight| weight as f32).collect())
        }
    }

    /// As an option.
    pub fn values(&self) -> Values<'_> {
        match self {
            Self::F32(weights) => Values::F32(weights),
            Self::F64(weights) => Values::F64(weights),
        }
    }

    /// In double precision.
    pub fn widened(&self) -> Vec<f64> {
        match self {
            Self::F32(weights) => weights.iter().copied().map(f64::from).collect(),
            Self::F64(weights) => weights.clone(),
        }
    }
}

/// 0, or a number from 2^-20 to 16 whose products and sums stay far from the ends of the formats.
fn weight(bytes: &mut Bytes<'_>) -> f64 {
    match bytes.byte() {
        byte @ 0..128 => f64::from(byte) / 8.0,
        byte @ 128..144 => 2.0_f64.powi(-i32::from(byte - 128) - 5),
        _ => (f64::from(u16::from_le_bytes(bytes.array())) + 1.0) / 65536.0 / 3.0,
    }
}

/// How labels are smoothed.
#[derive(Clone, Copy, Debug)]
pub enum Smoothing {
    OverAll(f64),
    OverOthers(f64),
}

/// The options of a batch.
#[derive(Clone, Debug)]
pub struct Options {
    pub ignored: Vec<i64>,
    pub reduction: Reduction,
    pub stride: Option<usize>,
    pub class_weights: Option<Weights>,
    pub row_weights: Option<Weights>,
    pub targets: Option<Weights>,
    pub smoothing: Option<Smoothing>,
    pub z_loss: Option<f64>,
    pub softcap: Option<f64>,
    pub temperature: Option<f64>,
}

impl Options {
    /// The plain loss.
    pub const PLAIN: Self = Self {
        ignored: Vec::new(),
        reduction: Reduction::None,
        stride: None,
        class_weights: None,
        row_weights: None,
        targets: None,
        smoothing: None,
        z_loss: None,
        softcap: None,
        temperature: None,
    };

    /// The plain loss for bytes of 0. `len` changes the lengths of arrays.
    pub fn read(
        bytes: &mut Bytes<'_>,
        n_rows: usize,
        n_classes: usize,
        len: impl Fn(&'static str, usize) -> usize,
    ) -> Self {
        let on = u16::from_le_bytes(bytes.array());
        let mut is_on = {
            let mut bits = (0..16).map(move |bit| on >> bit & 1 == 1);
            move || bits.next().unwrap_or_default()
        };
        let matrix = n_rows.saturating_mul(n_classes).min(LARGEST);
        let arrays = [
            ("class_weights", n_classes.min(LARGEST)),
            ("row_weights", n_rows),
            ("target_probabilities", matrix),
        ];
        let [class_weights, row_weights, targets] = arrays
            .map(|(argument, right)| is_on().then(|| Weights::read(bytes, len(argument, right))));
        let mut option = |read: fn(&mut Bytes<'_>) -> f64| {
            is_on().then(|| match bytes.once_in(64) {
                true => bytes.choose(&[-0.125, f64::NAN, f64::INFINITY, 2e30, 1e-31, 1.5]),
                false => read(bytes),
            })
        };
        let smoothing = option(|bytes| bytes.choose(&[0.1, 0.5, 1e-6, 0.25, 0.3, 0.0, 1.0]));
        let z_loss = option(|bytes| f64::from(bytes.byte()) / 128.0 + 1e-4);
        // From far within the logits to far beyond them.
        let softcap =
            option(|bytes| 2.0_f64.powi(bytes.choose(&[5, 1, 2, 3, 4, 6, 7, 8, 0, -1])) * 0.9375);
        let temperature = option(|bytes| f64::from(bytes.byte() % 64 + 1) / 16.0);
        let over_others = is_on();
        Self {
            ignored: if is_on() {
                (0..=bytes.byte() % 3)
                    .map(|_| bytes.choose(&[-100, 0, 2, 255, i64::MIN]))
                    .collect()
            } else {
                Vec::new()
            },
            stride: is_on().then(|| match bytes.byte() {
                255 => n_classes.saturating_sub(1),
                254 => usize::MAX,
                padding => n_classes.saturating_add(usize::from(padding) % 9),
            }),
            reduction: if is_on() {
                reduction(bytes)
            } else {
                Reduction::None
            },
            class_weights,
            row_weights,
            targets,
            smoothing: smoothing.map(|part| match over_others && part != 1.0 {
                true => Smoothing::OverOthers(part),
                false => Smoothing::OverAll(part),
            }),
            z_loss,
            softcap,
            temperature,
        }
    }

    /// The kernel's value.
    pub fn loss(&self, backend: Backend) -> CrossEntropy<'_> {
        let mut loss = CrossEntropy::new()
            .backend(backend)
            .reduction(self.reduction);
        loss = match self.ignored[..] {
            [] => loss,
            [ignored] => loss.ignore_label(ignored),
            _ => loss.ignore_labels(&self.ignored),
        };
        if let Some(stride) = self.stride {
            loss = loss.row_stride(stride);
        }
        if let Some(weights) = &self.class_weights {
            loss = loss.class_weights(weights.values());
        }
        if let Some(weights) = &self.row_weights {
            loss = loss.row_weights(weights.values());
        }
        if let Some(targets) = &self.targets {
            loss = loss.target_probabilities(targets.values());
        }
        loss = match self.smoothing {
            None => loss,
            Some(Smoothing::OverAll(part)) => loss.label_smoothing(part),
            Some(Smoothing::OverOthers(part)) => loss.label_smoothing_over_others(part),
        };
        if let Some(factor) = self.z_loss {
            loss = loss.z_loss(factor);
        }
        if let Some(cap) = self.softcap {
            loss = loss.softcap(cap);
        }
        if let Some(temperature) = self.temperature {
            loss = loss.temperature(temperature);
        }
        loss
    }

    /// Whether every output is that of the plain loss, but for a denominator.
    pub fn are_plain(&self) -> bool {
        let weights = [&self.class_weights, &self.row_weights, &self.targets];
        weights.iter().all(|weights| weights.is_none()) && !self.have_terms()
    }

    /// Whether more than weights changes the loss.
    pub fn have_terms(&self) -> bool {
        let numbers = [self.z_loss, self.softcap, self.temperature];
        numbers.iter().any(Option::is_some) || self.smoothing.is_some() || self.targets.is_some()
    }

    /// Whether a row with this label is ignored.
    pub fn ignores(&self, label: i64) -> bool {
        self.ignored.contains(&label)
    }

    /// The textbook's version of a row whose number and label are given.
    pub fn objective<T: Float>(&self, logits: &[T], row: usize, label: usize) -> Objective {
        let n = logits.len();
        let widened = |weights: &Option<Weights>| weights.as_ref().map(Weights::widened);
        let class_weights = widened(&self.class_weights);
        let targets = widened(&self.targets);
        let target = match &targets {
            Some(targets) => Target::Probabilities(&targets[row * n..][..n]),
            None => Target::Label(label),
        };
        let options = Textbook {
            class_weights: class_weights.as_deref(),
            row_weight: widened(&self.row_weights).map_or(1.0, |weights| weights[row]),
            label_smoothing: match self.smoothing {
                None => 0.0,
                // There is no other class.
                Some(Smoothing::OverOthers(_)) if n == 1 => 0.0,
                Some(Smoothing::OverOthers(part)) => part * n as f64 / (n as f64 - 1.0),
                Some(Smoothing::OverAll(part)) => part,
            },
            z_loss: self.z_loss.unwrap_or(0.0),
            softcap: self.softcap,
            temperature: self.temperature.unwrap_or(1.0),
        };
        Objective::new(logits, target, &options)
    }
}

/// Arrays are not made larger for the hugest shapes, which are refused.
const LARGEST: usize = 1 << 14;

fn reduction(bytes: &mut Bytes<'_>) -> Reduction {
    match bytes.byte() % 5 {
        0 => Reduction::Mean(Denominator::Weight),
        1 => Reduction::Mean(Denominator::Rows),
        2 => Reduction::Sum,
        3 => Reduction::Mean(Denominator::Given(f64::from(bytes.byte()) / 16.0 + 0.0625)),
        _ => Reduction::Mean(Denominator::Given(bytes.choose(&[
            1.5,
            1e6,
            1e-6,
            0.0,
            f64::NAN,
            1e31,
            -1.0,
        ]))),
    }
}
