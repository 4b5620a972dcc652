//! The Python dictionary in an npy header.
//!
//! A reader of our own: the published ones build the whole Python value, recurse as deep as the
//! file says, multiply the shape without looking for overflow, and explain themselves in several
//! lines. Three keys with values of three kinds need none of that.

use std::str::from_utf8;

use thiserror::Error;

/// The three values of the dictionary.
#[derive(Debug, PartialEq)]
pub(super) struct Dict {
    pub(super) descr: String,
    pub(super) fortran_order: bool,
    pub(super) shape: Vec<u64>,
}

/// Why a header's dictionary cannot be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DictError {
    /// Something else stands where this should.
    #[error("has no {expected} at byte {at}")]
    Expected {
        /// What should be there.
        expected: &'static str,
        /// Offset in the dictionary.
        at: usize,
    },
    /// A key that the format does not have.
    #[error("has an unknown key at byte {at}")]
    UnknownKey {
        /// Offset in the dictionary.
        at: usize,
    },
    /// A key for the second time.
    #[error("has the key '{0}' twice")]
    Twice(&'static str),
    /// A key that must be there.
    #[error("lacks the key '{0}'")]
    Missing(&'static str),
    /// The type is a list of fields.
    #[error("describes records with fields, an array of plain numbers is needed")]
    Records,
    /// A dimension that 64 bits cannot hold.
    #[error("has a dimension of more than 64 bits at byte {at}")]
    Dimension {
        /// Offset in the dictionary.
        at: usize,
    },
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }`, the keys in any order.
pub(super) fn parse(text: &[u8]) -> Result<Dict, DictError> {
    let mut scanner = Scanner { text, at: 0 };
    let (mut descr, mut fortran_order, mut shape) = (None, None, None);

    scanner.expect(b'{', "'{'")?;
    while !scanner.eat(b'}') {
        let at = scanner.at;
        let key = scanner.string()?;
        scanner.expect(b':', "':'")?;
        match key {
            "descr" => once(&mut descr, "descr", scanner.type_string()?)?,
            "fortran_order" => once(&mut fortran_order, "fortran_order", scanner.boolean()?)?,
            "shape" => once(&mut shape, "shape", scanner.shape()?)?,
            _ => return Err(DictError::UnknownKey { at }),
        }
        if !scanner.eat(b',') {
            scanner.expect(b'}', "',' or '}'")?;
            break;
        }
    }
    scanner.skip_space();
    if scanner.at < text.len() {
        return Err(DictError::Expected {
            expected: "end",
            at: scanner.at,
        });
    }
    Ok(Dict {
        descr: descr.ok_or(DictError::Missing("descr"))?,
        fortran_order: fortran_order.ok_or(DictError::Missing("fortran_order"))?,
        shape: shape.ok_or(DictError::Missing("shape"))?,
    })
}

fn once<V>(slot: &mut Option<V>, key: &'static str, value: V) -> Result<(), DictError> {
    if slot.replace(value).is_some() {
        Err(DictError::Twice(key))
    } else {
        Ok(())
    }
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        self.take_while(|byte| byte.is_ascii_whitespace());
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|&byte| !wanted(byte))
            .unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip_space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, byte: u8, expected: &'static str) -> Result<(), DictError> {
        if self.eat(byte) {
            Ok(())
        } else {
            Err(DictError::Expected {
                expected,
                at: self.at,
            })
        }
    }

    /// In single or double quotes; escapes have no use in keys and types.
    fn string(&mut self) -> Result<&'a str, DictError> {
        self.skip_space();
        let error = DictError::Expected {
            expected: "string",
            at: self.at,
        };
        let quote = self
            .peek()
            .filter(|byte| matches!(byte, b'\'' | b'"'))
            .ok_or(error)?;
        self.at += 1;
        let inside =
            self.take_while(|byte| byte != quote && byte.is_ascii_graphic() && byte != b'\\');
        if self.peek() != Some(quote) {
            return Err(error);
        }
        self.at += 1;
        from_utf8(inside).map_err(|_| error)
    }

    fn type_string(&mut self) -> Result<String, DictError> {
        // The longest names of plain types are shorter.
        const LONGEST: usize = 32;
        self.skip_space();
        let error = DictError::Expected {
            expected: "type",
            at: self.at,
        };
        if self.peek() == Some(b'[') {
            return Err(DictError::Records);
        }
        Some(self.string()?)
            .filter(|name| name.len() <= LONGEST)
            .map(str::to_owned)
            .ok_or(error)
    }

    fn boolean(&mut self) -> Result<bool, DictError> {
        self.skip_space();
        let at = self.at;
        match self.take_while(|byte| byte.is_ascii_alphabetic()) {
            b"True" => Ok(true),
            b"False" => Ok(false),
            _ => Err(DictError::Expected {
                expected: "True or False",
                at,
            }),
        }
    }

    fn shape(&mut self) -> Result<Vec<u64>, DictError> {
        let mut shape = Vec::new();
        self.expect(b'(', "'('")?;
        while !self.eat(b')') {
            shape.push(self.dimension()?);
            if !self.eat(b',') {
                self.expect(b')', "',' or ')'")?;
                break;
            }
        }
        Ok(shape)
    }

    fn dimension(&mut self) -> Result<u64, DictError> {
        self.skip_space();
        let at = self.at;
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        if digits.is_empty() {
            return Err(DictError::Expected {
                expected: "dimension",
                at,
            });
        }
        // Python 2 marked its long integers.
        self.at += usize::from(self.peek() == Some(b'L'));
        from_utf8(digits)
            .ok()
            .and_then(|n| n.parse().ok())
            .ok_or(DictError::Dimension { at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dict(shape: &[u64]) -> Dict {
        Dict {
            descr: "<f4".into(),
            fortran_order: false,
            shape: shape.into(),
        }
    }

    #[test]
    fn spellings_of_one_dictionary() {
        for text in [
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }   \n",
            "{'descr':'<f4','fortran_order':False,'shape':(3,2)}",
            "{\"shape\": (3, 2), \"descr\": \"<f4\", \"fortran_order\": False}",
            " {'shape':(3L,2L),'fortran_order':False,'descr':'<f4'}",
        ] {
            assert_eq!(parse(text.as_bytes()), Ok(dict(&[3, 2])), "{text}");
        }
        let scalar = "{'descr': '<f4', 'fortran_order': False, 'shape': (), }";
        assert_eq!(parse(scalar.as_bytes()), Ok(dict(&[])));
    }

    #[test]
    fn whatever_is_cut_off_is_an_error_and_no_panic() {
        let text = b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
        for length in 0..text.len() {
            assert!(parse(&text[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn errors_say_what_and_where() {
        for (text, error) in [
            ("[]", "has no '{' at byte 0"),
            ("{}", "lacks the key 'descr'"),
            (
                "{'descr': '<f4', 'descr': '<f8'}",
                "has the key 'descr' twice",
            ),
            (
                "{'descr': [('a', '<f4')]}",
                "describes records with fields, an array of plain numbers is needed",
            ),
            ("{'colour': 1}", "has an unknown key at byte 1"),
            ("{'fortran_order': Yes}", "has no True or False at byte 18"),
            ("{'shape': (-1,)}", "has no dimension at byte 11"),
            (
                "{'shape': (99999999999999999999,)}",
                "has a dimension of more than 64 bits at byte 11",
            ),
            (
                "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)} 2",
                "has no end at byte 56",
            ),
        ] {
            assert_eq!(
                parse(text.as_bytes()).unwrap_err().to_string(),
                error,
                "{text}"
            );
        }
    }
}
