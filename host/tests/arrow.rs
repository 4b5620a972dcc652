//! Arrow files of which a part is missing, and what other writers than that of the committed files may
//! leave out.
#![forbid(unsafe_code)]

use std::{
    fs::{self, File},
    path::Path,
};

use surprisal_host::{Labels, Role, Rows};
use tempfile::TempDir;

/// A file that is written, cut and read.
struct Scratch {
    _folder: TempDir,
    file: File,
    /// Its path and a column.
    place: String,
}

impl Scratch {
    fn new(bytes: &[u8], column: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("x.arrow");
        fs::write(&path, bytes).unwrap();
        Self {
            _folder: folder,
            file: File::options().write(true).open(&path).unwrap(),
            place: format!("{}:{column}", path.display()),
        }
    }

    fn cut(&self, length: usize) -> &Self {
        self.file.set_len(length as u64).unwrap();
        self
    }

    /// The labels, or what is said of the file.
    fn labels(&self) -> Result<Vec<i128>, String> {
        let labels = Labels::open(Path::new(&self.place));
        let start = format!("labels '{}': is no sound Arrow file: ", self.place);
        labels
            .map(|labels| labels.values().collect())
            .map_err(|error| error.to_string().replace(&start, ""))
    }
}

/// One of the committed files.
fn data(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/formats");
    fs::read(folder.join(name)).unwrap()
}

/// The bytes of a file between its magic string and its footer: a stream.
fn stream(file: &[u8]) -> &[u8] {
    let [.., a, b, c, d] = file[..file.len() - 6] else {
        panic!("too short")
    };
    &file[8..file.len() - 10 - u32::from_le_bytes([a, b, c, d]) as usize]
}

/// The lengths at which a stream that is cut can be read, and the number of labels then.
fn ends(stream: &[u8], column: &str) -> Vec<(usize, usize)> {
    let scratch = Scratch::new(stream, column);
    let whole = scratch.labels().unwrap();
    let mut ends = Vec::new();
    for length in (0..=stream.len()).rev() {
        if let Ok(labels) = scratch.cut(length).labels() {
            assert_eq!(labels, whole[..labels.len()]);
            ends.push((length, labels.len()));
        }
    }
    ends.reverse();
    ends
}

/// A stream may end without saying so, but not within a message. Fewer bytes than begin one are none.
#[test]
fn streams_that_are_cut() {
    // A schema, a dictionary, one batch and the end.
    let one = data("digits.arrow");
    // The same in batches of seven rows.
    let several = data("digits_stream.arrow");
    let of_several = [0, 0, 7, 14, 21, 28, 35, 36];
    for (stream, rows) in [(stream(&one), &[0, 0, 36][..]), (&several, &of_several)] {
        let ends = ends(stream, "i64");
        let (whole, cut) = ends.split_last().unwrap();
        assert_eq!(*whole, (stream.len(), 36));
        let expected = rows.iter().zip(cut.chunks(4)).flat_map(|(&rows, run)| {
            let start = run[0].0;
            (start..start + 4).map(move |length| (length, rows))
        });
        assert_eq!(cut, expected.collect::<Vec<_>>());
        assert_eq!(cut.len(), 4 * rows.len());

        // A schema but for its last byte, a message that does not say how long it is, and one byte less.
        let (schema, last) = (cut[0].0, cut[cut.len() - 4].0);
        assert_eq!(last + 8, stream.len());
        let said = |length| Scratch::new(&stream[..length], "i64").labels().unwrap_err();
        let claim = format!("a message at byte 8 claims {} bytes", schema - 8);
        assert_eq!(said(schema - 1), claim);
        for length in [4, 7, last + 4] {
            assert_eq!(said(length), "it ends inside a message");
        }
    }
}

/// Messages longer than any are not looked at, where the file is that long.
#[test]
fn a_long_message() {
    const LONGEST: usize = 1 << 26;
    let of = |length: usize| {
        let start = [[0xff; 4], u32::try_from(length).unwrap().to_le_bytes()];
        let scratch = Scratch::new(start.as_flattened(), "x");
        scratch.cut(2 * LONGEST).labels().unwrap_err()
    };
    let claim = |length| format!("a message at byte 8 claims {length} bytes");
    assert_eq!(of(LONGEST + 1), claim(LONGEST + 1));
    assert_ne!(of(LONGEST), claim(LONGEST));
}

/// The footer begins six bytes behind the last batch.
#[test]
fn a_footer_inside_a_message() {
    let mut file = data("digits.arrow");
    let (length, messages) = (file.len(), stream(&file).len());
    let footer = u32::try_from(length - 10 - (8 + messages - 2)).unwrap();
    file[length - 10..length - 6].copy_from_slice(&footer.to_le_bytes());
    assert_eq!(
        Scratch::new(&file, "i64").labels(),
        Err("it ends inside a message".to_owned())
    );
}

/// Lists that are none need no ends.
#[test]
fn a_batch_without_rows_or_offsets() {
    let file = data("digits_pair.arrow");
    let stream = stream(&file);
    let ends = ends(stream, "classes");
    let (start, end) = (ends[0].0, ends[4].0);
    assert_eq!((ends[0].1, ends[4].1), (0, 36));
    // The rows of the batch and of both columns, and the bytes of 37 offsets.
    let mut empty = stream[start..end].to_vec();
    for (number, times) in [(36_i64, 3), (37 * 4, 1)] {
        let bytes = number.to_le_bytes();
        let places: Vec<_> = (0..empty.len() - 7)
            .step_by(8)
            .filter(|&at| empty[at..at + 8] == bytes)
            .collect();
        assert_eq!(places.len(), times, "{number}");
        for at in places {
            empty[at..at + 8].fill(0);
        }
    }
    let longer = [&stream[..end], &empty, &stream[start..]].concat();
    let logits = |bytes: &[u8]| {
        let scratch = Scratch::new(bytes, "scores");
        let rows = Rows::<f32>::open(Path::new(&scratch.place), Role::Logits).unwrap();
        rows.slice(0..rows.n_rows()).to_vec()
    };
    assert_eq!(logits(&longer), logits(&file).repeat(2));
}
