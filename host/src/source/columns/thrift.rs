//! As much of Thrift's compact protocol as it takes to find numbers in the structures of a Parquet
//! file without believing any of them.
//!
//! The package `parquet` reads a field that it knows by the type that it should have, whatever its
//! type in the file, and skips others by their type in the file. Only where known fields have the
//! right types, which `structure` checks, do both see the same. What they would still take
//! differently is an error here: numbers of fields and of 32 bits that are too large, which the
//! package cuts, and lists of truth values, which have no bytes when the package skips them.

/// Types of fields in a file.
pub(super) const LIST: u8 = 9;
pub(super) const STRUCT: u8 = 12;

/// The type that a field should have.
pub(super) enum Type {
    Bool,
    Byte,
    /// Of 16 to 64 bits, which take the same bytes.
    Integer,
    Double,
    Binary,
    List(&'static Type),
    /// With the types of its fields, as in `structure`.
    Struct(&'static [Type]),
}

/// What has not been read. Everything is `None` where it ends too early.
pub(super) struct Thrift<'a>(pub(super) &'a [u8]);

impl Thrift<'_> {
    /// Hands on the fields of a structure, with their numbers and types.
    pub(super) fn fields(
        &mut self,
        mut field: impl FnMut(&mut Self, i16, u8) -> Option<()>,
    ) -> Option<()> {
        let mut id = 0_i16;
        loop {
            let byte = self.byte()?;
            if byte == 0 {
                return Some(());
            }
            id = match byte >> 4 {
                0 => self.signed()?.try_into().ok()?,
                step => id.checked_add(step.into())?,
            };
            field(self, id, byte & 15)?;
        }
    }

    /// The number in the field `wanted` of a structure, 0 without that field, and the last of several,
    /// as for the package. All other fields are skipped.
    pub(super) fn i32_field(&mut self, wanted: i16) -> Option<i32> {
        let mut number = 0;
        self.fields(|thrift, id, kind| {
            match kind {
                4..=6 if id == wanted => number = thrift.i32()?,
                _ => thrift.skip(kind, 0)?,
            }
            Some(())
        })?;
        Some(number)
    }

    /// Skips a structure whose fields 1, 2, 3 and so on should have these types; `None` where one has
    /// another. Further fields may have any.
    pub(super) fn structure(&mut self, types: &[Type]) -> Option<()> {
        self.fields(|thrift, id, kind| {
            let place = usize::try_from(id).ok()?.wrapping_sub(1);
            match types.get(place) {
                Some(of) => thrift.value(of, kind),
                None => thrift.skip(kind, 0),
            }
        })
    }

    fn value(&mut self, of: &Type, kind: u8) -> Option<()> {
        match (of, kind) {
            (Type::List(of), LIST) => {
                let (n, kind) = self.list()?;
                (0..n).try_for_each(|_| self.value(of, kind))
            }
            (Type::Struct(types), STRUCT) => self.structure(types),
            (Type::Bool, 1 | 2)
            | (Type::Byte, 3)
            | (Type::Integer, 4..=6)
            | (Type::Double, 7)
            | (Type::Binary, 8) => self.skip(kind, 0),
            _ => None,
        }
    }

    pub(super) fn skip(&mut self, kind: u8, nesting: usize) -> Option<()> {
        // The footer has structures in structures a few deep.
        if nesting > 16 {
            return None;
        }
        match kind {
            1 | 2 => Some(()),
            3 => self.byte().map(drop),
            4..=6 => self.number().map(drop),
            7 => self.bytes(8),
            8 => {
                let length = self.number()?;
                self.bytes(length)
            }
            LIST | 10 => {
                let (n, kind) = self.list()?;
                (0..n).try_for_each(|_| self.skip(kind, nesting + 1))
            }
            STRUCT => self.fields(|thrift, _, kind| thrift.skip(kind, nesting + 1)),
            _ => None,
        }
    }

    /// The length of a list and the type of what is in it, of which each takes a byte or more; `None`
    /// for truth values, which no structure has a list of.
    pub(super) fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let kind = byte & 15;
        let n = match byte >> 4 {
            15 => self.number()?,
            n => n.into(),
        };
        (n == 0 || kind > 2 && n <= self.0.len() as u64).then_some((n, kind))
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 127) << shift;
            if byte < 128 {
                return Some(number);
            }
        }
        None
    }

    /// Signed numbers alternate: 0, -1, 1, -2.
    fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    pub(super) fn i32(&mut self) -> Option<i32> {
        self.signed()?.try_into().ok()
    }

    fn byte(&mut self) -> Option<u8> {
        let (&byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(byte)
    }

    fn bytes(&mut self, length: u64) -> Option<()> {
        self.0 = self.0.get(usize::try_from(length).ok()?..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that a field of a type takes.
    fn skipped(kind: u8, bytes: &[u8]) -> Option<usize> {
        let mut thrift = Thrift(bytes);
        thrift.skip(kind, 0)?;
        Some(bytes.len() - thrift.0.len())
    }

    /// Those of the specification of the compact protocol, with more bytes behind each.
    #[test]
    fn every_type_is_skipped() {
        for (kind, bytes) in [
            (1, &b""[..]),
            (2, b""),
            (3, b"\x07"),
            (4, b"\x80\x01"),
            (5, b"\x05"),
            (6, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            (7, b"12345678"),
            (8, b"\x03abc"),
            // Two bytes, three doubles of a long list, a set of one text.
            (9, b"\x23ab"),
            (9, b"\xf7\x03123456781234567812345678"),
            (10, b"\x18\x01a"),
            // Fields 1 and 16, the second with its number.
            (12, b"\x15\x02\x05\x20\x04\0"),
        ] {
            let longer = [bytes, &[0; 20]].concat();
            assert_eq!(skipped(kind, &longer), Some(bytes.len()), "{kind}");
        }
        for kind in [0, 11, 13, 15] {
            assert_eq!(skipped(kind, &[0; 20]), None, "{kind}");
        }
    }

    #[test]
    fn lists_announce_no_more_than_there_can_be() {
        assert_eq!(skipped(9, b"\x33abc"), Some(4));
        assert_eq!(skipped(9, b"\x43abc"), None);
        // Truth values, of which only none are none.
        for kind in [1, 2] {
            assert_eq!(skipped(9, &[kind]), Some(1));
            assert_eq!(skipped(9, &[0x10 | kind, 0]), None);
        }
    }

    #[test]
    fn seventeen_are_in_each_other() {
        for (kind, opening) in [(LIST, 0x19), (STRUCT, 0x1c)] {
            for (deep, is_read) in [(17, true), (18, false)] {
                let mut bytes = vec![opening; deep - 1];
                // The innermost: a list of no bytes, or a structure without fields.
                bytes.push(if kind == LIST { 0x03 } else { 0 });
                bytes.extend([0; 20]);
                assert_eq!(skipped(kind, &bytes).is_some(), is_read, "{kind} {deep}");
            }
        }
    }
}
