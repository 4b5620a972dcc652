//! A batch that is read while it is computed on has the bits of one in memory.
#![forbid(unsafe_code)]

use std::{fs::File, path::Path};

use rayon::ThreadPoolBuilder;
use surprisal::{Bf16, Denominator, F16, Reduction};
use surprisal_host::{
    Batch, Calibration, CalibrationOptions, CompareOptions, Comparison, Curvature, Error, Form,
    Labels, Logit, Method, Number, Objective, Role, Rows, Sink, Source, Stream, StreamForm,
    Targets, Weights,
};
use tempfile::TempDir;

/// Rows for several windows, the last of them short, whose sums show their order.
const N_ROWS: usize = 140_001;
const N_CLASSES: usize = 61;

/// The same numbers at any time.
fn randoms(seed: u64, n: usize) -> impl Iterator<Item = f64> {
    let mut state = seed;
    (0..n).map(move |_| {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    })
}

fn write<T: Number>(folder: &Path, name: &str, shape: &[usize], values: &[T]) {
    let mut sink = Sink::create(&folder.join(name), shape, &[]).unwrap();
    sink.write(values).unwrap();
    sink.finish().unwrap().commit().unwrap();
}

/// A folder with logits of one type, and vectors of the type that they are computed in.
fn folder<Z: Logit>(logits: impl Fn(f64) -> Z, element: impl Fn(f64) -> Z::Element) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let shape = [N_ROWS, N_CLASSES];
    let n = N_ROWS * N_CLASSES;
    let values: Vec<Z> = randoms(1, n)
        .map(|x| logits((x - 0.5) * 30.0 * x))
        .collect();
    write(folder.path(), "logits.npy", &shape, &values);
    let vectors: Vec<Z::Element> = randoms(2, n).map(&element).collect();
    write(folder.path(), "vectors.npy", &shape, &vectors);
    folder
}

fn objective(with_weights: bool) -> Objective {
    let weights = with_weights.then(|| {
        let weights = randoms(3, N_ROWS).map(|x| (10.0 * x).exp()).collect();
        Weights::new(Role::RowWeights, weights)
    });
    Objective {
        ignored_labels: vec![0],
        row_weights: weights,
        ..Objective::default()
    }
}

fn labels() -> Labels {
    let labels: Vec<i64> = randoms(4, N_ROWS)
        .map(|x| (x * N_CLASSES as f64) as i64)
        .collect();
    Labels::from(labels)
}

/// On one thread, because windows grow with their number.
fn same<Z: Logit>(folder: &TempDir, targets: Option<&str>) {
    let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| same_in_pool::<Z>(folder, targets));
}

fn same_in_pool<Z: Logit>(folder: &TempDir, targets: Option<&str>) {
    let path = |name: &str| folder.path().join(name);
    let logits = || Source::open(path("logits.npy"), Role::Logits).unwrap();
    for with_weights in [false, true] {
        let objective = || objective(with_weights);
        let in_memory = Objective {
            targets: targets.map(|name| Targets::open(&path(name)).unwrap()),
            ..objective()
        };
        let rows = Rows::<Z>::open(&path("logits.npy"), Role::Logits).unwrap();
        let batch = Batch::new(rows, labels(), in_memory).unwrap();
        let stream = || {
            let targets = targets.map(|name| Source::open(path(name), Role::Targets).unwrap());
            Stream::<Z>::new(logits(), labels(), objective(), targets).unwrap()
        };

        let expected = batch.evaluate(Denominator::Weight).unwrap();
        let mut losses: Vec<Z::Element> = Vec::new();
        let mut parts = 0;
        let report = stream().evaluate(Reduction::Mean(Denominator::Weight), |part| {
            parts += 1;
            losses.extend_from_slice(part);
            Ok(())
        });
        assert!(parts > 2, "{parts}");
        assert!(bits(&losses) == bits(&expected.losses));
        // All numbers with all their digits.
        let report = report.unwrap();
        assert_eq!(
            format!("{:?}", report.summary),
            format!("{:?}", expected.summary)
        );

        // Options are slower, and say the same again.
        if with_weights {
            continue;
        }
        if targets.is_none() {
            same_model(&batch, stream, logits());
        }
        let vectors = Rows::open(&path("vectors.npy"), Role::Vector).unwrap();
        let vectors_of_stream = || Source::open(path("vectors.npy"), Role::Vector).unwrap();
        let mean = Reduction::Mean(Denominator::Rows);
        for (form, form_of_stream) in [
            (Form::Gradient, StreamForm::Plain(Form::Gradient)),
            (
                Form::HessianVectorProduct(&vectors),
                StreamForm::of_vectors(vectors_of_stream(), |vectors| {
                    Form::HessianVectorProduct(vectors)
                }),
            ),
            (
                Form::Curvature(Curvature::QuadraticForm(&vectors)),
                StreamForm::of_vectors(vectors_of_stream(), |vectors| {
                    Form::Curvature(Curvature::QuadraticForm(vectors))
                }),
            ),
        ] {
            let (mut expected, mut found) = (Vec::new(), Vec::new());
            let derivative = batch.derivative(form, mean).unwrap();
            let shape = derivative.shape().to_vec();
            derivative.compute(collect(&mut expected)).unwrap();
            let derivative = stream().derivative(form_of_stream, mean).unwrap();
            assert_eq!(derivative.shape(), shape);
            derivative.compute(collect(&mut found)).unwrap();
            assert!(bits(&found) == bits(&expected), "{form:?}");
        }
    }
}

/// What is made of a model that is done.
fn same_model<Z: Logit>(batch: &Batch<Z>, stream: impl Fn() -> Stream<Z>, logits: Source) {
    let temperature = Calibration::Temperature {
        classes: N_CLASSES,
        temperature: 0.7,
    };
    let (mut expected, mut found) = (Vec::new(), Vec::new());
    let applied = temperature.apply(batch.logits(), collect(&mut expected));
    applied.unwrap();
    let applied = temperature.apply_to_source::<Z>(logits, collect(&mut found));
    applied.unwrap();
    assert!(bits(&found) == bits(&expected));

    let (expected, found) = (batch.scores().unwrap(), stream().scores(|_| ()).unwrap());
    let comparison = Comparison::new(&expected, &found, &CompareOptions::default()).unwrap();
    assert_eq!((comparison.rows_a_less, comparison.rows_b_less), (0, 0));
    assert_eq!(comparison.accuracy_a, comparison.accuracy_b);
    assert_eq!(comparison.interval, Some([0.0; 2]));

    let options = CalibrationOptions::new(Method::Bias);
    let expected = batch.calibrate(&options).unwrap();
    let report = stream().calibrate(&options, |_| ()).unwrap();
    assert!(report.descent.converged);
    assert_eq!(report.calibration, expected.calibration);
    assert_eq!(report.before, expected.before);
    assert_eq!(report.after, expected.after);
}

fn collect<T: Copy>(numbers: &mut Vec<T>) -> impl FnMut(&[T]) -> Result<(), Error> {
    |part| {
        numbers.extend_from_slice(part);
        Ok(())
    }
}

fn bits<T: Copy + Into<f64>>(numbers: &[T]) -> Vec<u64> {
    numbers
        .iter()
        .map(|&number| number.into().to_bits())
        .collect()
}

#[test]
fn logits_in_f32() {
    same::<f32>(&folder(|x| x as f32, |x| x as f32), None);
}

#[test]
fn logits_in_f64() {
    same::<f64>(&folder(|x| x, |x| x), None);
}

#[test]
fn logits_in_half_precision() {
    let logits = |x| F16::from_bits((x * 1000.0) as i16 as u16 & 0x3fff);
    same::<F16>(&folder(logits, |x| x as f32), None);
}

#[test]
fn logits_in_bfloat16() {
    let logits = |x| Bf16::from_bits(((x as f32).to_bits() >> 16) as u16);
    same::<Bf16>(&folder(logits, |x| x as f32), None);
}

#[test]
fn targets_are_read_beside_the_logits() {
    let folder = folder(|x| x as f32, |x| x as f32);
    let shape = [N_ROWS, N_CLASSES];
    let targets: Vec<f64> = randoms(5, N_ROWS * N_CLASSES).collect();
    write(folder.path(), "f64.npy", &shape, &targets);
    let halves: Vec<Bf16> = targets
        .iter()
        .map(|&x| Bf16::from_bits(((x as f32).to_bits() >> 16) as u16))
        .collect();
    write(folder.path(), "bf16.npy", &shape, &halves);
    same::<f32>(&folder, Some("f64.npy"));
    same::<f32>(&folder, Some("bf16.npy"));
}

/// A window that ends in another file is read, after one that is mapped.
#[test]
fn shards_that_end_within_windows() {
    let folder = tempfile::tempdir().unwrap();
    let values = randoms(1, N_ROWS * N_CLASSES).map(|x| 30.0 * x as f32);
    let values: Vec<f32> = values.collect();
    // Windows are of up to 2^22 numbers, some 68,000 rows.
    let (first, second) = values.split_at(100_001 * N_CLASSES);
    for (name, values) in [("2.npy", first), ("10.npy", second)] {
        let shape = [values.len() / N_CLASSES, N_CLASSES];
        write(folder.path(), name, &shape, values);
    }
    let rows = Rows::new(Role::Logits, values, N_CLASSES).unwrap();
    let batch = Batch::new(rows, labels(), Objective::default()).unwrap();
    let expected = batch.evaluate(Denominator::Rows).unwrap();

    let pool = ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let mut losses = Vec::new();
    pool.install(|| {
        let logits = Source::open(folder.path(), Role::Logits).unwrap();
        let stream = Stream::<f32>::new(logits, labels(), Objective::default(), None).unwrap();
        let mean = Reduction::Mean(Denominator::Rows);
        let report = stream.evaluate(mean, |part| {
            losses.extend_from_slice(part);
            Ok(())
        });
        report.unwrap()
    });
    assert!(bits(&losses) == bits(&expected.losses));
}

#[test]
fn a_late_target_that_is_none_ends_it() {
    let folder = folder(|x| x as f32, |x| x as f32);
    let mut targets = vec![0.5_f32; N_ROWS * N_CLASSES];
    targets[(N_ROWS - 1) * N_CLASSES + 2] = f32::NAN;
    write(folder.path(), "q.npy", &[N_ROWS, N_CLASSES], &targets);
    let open = |name: &str, role| Source::open(folder.path().join(name), role).unwrap();
    let (logits, targets) = (
        open("logits.npy", Role::Logits),
        open("q.npy", Role::Targets),
    );
    let stream = Stream::<f32>::new(logits, None, Objective::default(), Some(targets)).unwrap();
    let error = stream.evaluate(Reduction::Sum, |_| Ok(())).unwrap_err();
    assert!(
        matches!(error, Error::TargetOutOfRange { row, class: 2, .. } if row == N_ROWS - 1),
        "{error}"
    );
}

#[test]
fn a_file_cut_short_while_it_is_read_is_an_error() {
    const LENGTH: u64 = 1 << 20;
    let folder = folder(|x| x as f32, |x| x as f32);
    write(folder.path(), "y.npy", &[1 << 18], &vec![0_i64; 1 << 18]);
    let open_and_cut = |name: &str, role| {
        let path = folder.path().join(name);
        let source = Source::open(&path, role).unwrap();
        let file = File::options().write(true).open(path).unwrap();
        file.set_len(LENGTH).unwrap();
        source
    };
    // Mapped, and read in pieces.
    let logits = open_and_cut("logits.npy", Role::Logits);
    let stream = Stream::<f32>::new(logits, labels(), objective(false), None).unwrap();
    let of_logits = stream.evaluate(Reduction::Sum, |_| Ok(())).unwrap_err();
    let of_labels = Labels::read(open_and_cut("y.npy", Role::Labels)).unwrap_err();
    for error in [of_logits, of_labels] {
        assert!(
            matches!(error, Error::Truncated { found, .. } if found == LENGTH - 128),
            "{error}"
        );
    }
}
