//! A linear classifier of the digits, trained by stochastic gradient descent: the last layer of a
//! network, learning on the device. The host's test includes this file.

use surprisal::{Backend, CrossEntropy, Denominator, Error, Reduction};

/// Pixels of an image, in sixteenths from 0 to 16.
pub const N_PIXELS: usize = 64;

const N_CLASSES: usize = 10;

/// Images whose gradients are averaged for a step.
const BATCH: usize = 20;

/// Images that are trained on, of all 1797; the others are for testing.
pub const N_TRAINING: usize = 1200;

/// Times that every one of them is seen.
const EPOCHS: usize = 4;

/// Length of a step. Any will do that learns.
const RATE: f32 = 0.25;

/// Weights, and a bias, for every class.
#[derive(Clone, Debug)]
pub struct Classifier {
    weights: [[f32; N_PIXELS]; N_CLASSES],
    biases: [f32; N_CLASSES],
}

/// Images and their labels.
#[derive(Clone, Copy, Debug)]
pub struct Digits<'a> {
    /// Row by row.
    pub pixels: &'a [u8],
    /// One an image.
    pub labels: &'a [u8],
}

impl<'a> Digits<'a> {
    /// Those to be trained on, and those for testing.
    fn split(self) -> (Self, Self) {
        let (pixels, test_pixels) = self
            .pixels
            .split_at_checked(N_TRAINING * N_PIXELS)
            .unwrap_or_default();
        let (labels, test_labels) = self.labels.split_at_checked(N_TRAINING).unwrap_or_default();
        let test = Self {
            pixels: test_pixels,
            labels: test_labels,
        };
        (Self { pixels, labels }, test)
    }

    fn images(self) -> impl Iterator<Item = (&'a [u8; N_PIXELS], u8)> {
        let (images, _) = self.pixels.as_chunks();
        images.iter().zip(self.labels.iter().copied())
    }
}

/// A pixel as a feature from 0 to 1, exactly.
fn feature(pixel: u8) -> f32 {
    f32::from(pixel) / 16.0
}

impl Classifier {
    const NEW: Self = Self {
        weights: [[0.0; N_PIXELS]; N_CLASSES],
        biases: [0.0; N_CLASSES],
    };

    /// Trains one, and counts the test images that it classifies as they are labelled.
    ///
    /// # Errors
    ///
    /// Those of the kernel.
    pub fn trained(backend: Backend, digits: Digits<'_>) -> Result<(Self, usize), Error> {
        let loss = CrossEntropy::new()
            .reduction(Reduction::Mean(Denominator::Rows))
            .backend(backend);
        let (training, test) = digits.split();
        let mut classifier = Self::NEW;
        for _ in 0..EPOCHS {
            let batches = training.pixels.chunks(BATCH * N_PIXELS);
            for (pixels, labels) in batches.zip(training.labels.chunks(BATCH)) {
                classifier.step(&loss, Digits { pixels, labels })?;
            }
        }
        let correct = test
            .images()
            .filter(|&(image, label)| classifier.class_of(image) == usize::from(label))
            .count();
        Ok((classifier, correct))
    }

    /// One step down the gradient of the mean loss of a batch.
    fn step(&mut self, loss: &CrossEntropy<'_>, batch: Digits<'_>) -> Result<(), Error> {
        let mut rows = [[0.0; N_CLASSES]; BATCH];
        for (row, (image, _)) in rows.iter_mut().zip(batch.images()) {
            *row = self.logits(image);
        }
        let n_rows = batch.labels.len();
        let rows = rows.get_mut(..n_rows).unwrap_or_default();
        let mut losses = [0.0; BATCH];
        let losses = losses.get_mut(..n_rows).unwrap_or_default();
        let (logits, labels) = (rows.as_flattened_mut(), batch.labels);
        loss.losses_and_gradients_in_place(logits, N_CLASSES, labels, None, losses)?;

        for (gradient, (image, _)) in rows.iter().zip(batch.images()) {
            let classes = self.weights.iter_mut().zip(&mut self.biases);
            for ((weights, bias), slope) in classes.zip(gradient) {
                let step = RATE * slope;
                *bias -= step;
                for (weight, &pixel) in weights.iter_mut().zip(image) {
                    *weight -= step * feature(pixel);
                }
            }
        }
        Ok(())
    }

    fn logits(&self, image: &[u8; N_PIXELS]) -> [f32; N_CLASSES] {
        let mut logits = self.biases;
        for (logit, weights) in logits.iter_mut().zip(&self.weights) {
            for (weight, &pixel) in weights.iter().zip(image) {
                *logit += weight * feature(pixel);
            }
        }
        logits
    }

    /// The class of the largest logit.
    fn class_of(&self, image: &[u8; N_PIXELS]) -> usize {
        let logits = self.logits(image);
        let classes = logits.iter().enumerate();
        let largest = classes.max_by(|(_, a), (_, b)| a.total_cmp(b));
        largest.map_or(0, |(class, _)| class)
    }

    /// Hash of the bits of all weights and biases: FNV-1a over words.
    pub fn hash(&self) -> u32 {
        let weights = self.weights.as_flattened().iter();
        weights.chain(&self.biases).fold(0x811c_9dc5, |hash, x| {
            (hash ^ x.to_bits()).wrapping_mul(0x0100_0193)
        })
    }
}
