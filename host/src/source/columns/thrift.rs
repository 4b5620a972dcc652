//! As much of Thrift's compact protocol as it takes to find numbers in the structures of a Parquet
//! file without believing any of them.

/// Types of fields.
pub(super) const I32: u8 = 5;
pub(super) const LIST: u8 = 9;
pub(super) const STRUCT: u8 = 12;

/// What has not been read. Everything is `None` where it ends too early.
pub(super) struct Thrift<'a>(pub(super) &'a [u8]);

impl Thrift<'_> {
    /// Hands on the fields of a structure, with their numbers and types.
    pub(super) fn fields(
        &mut self,
        mut field: impl FnMut(&mut Self, u64, u8) -> Option<()>,
    ) -> Option<()> {
        let mut id = 0_u64;
        loop {
            let byte = self.byte()?;
            if byte == 0 {
                return Some(());
            }
            id = match byte >> 4 {
                0 => self.number()? / 2,
                step => id.wrapping_add(step.into()),
            };
            field(self, id, byte & 15)?;
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
                // A truth value in a list is a byte.
                let kind = if kind <= 2 { 3 } else { kind };
                (0..n).try_for_each(|_| self.skip(kind, nesting + 1))
            }
            STRUCT => self.fields(|thrift, _, kind| thrift.skip(kind, nesting + 1)),
            _ => None,
        }
    }

    /// The length of a list and the type of what is in it, of which each takes a byte or more.
    pub(super) fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let n = match byte >> 4 {
            15 => self.number()?,
            n => n.into(),
        };
        (n <= self.0.len() as u64).then_some((n, byte & 15))
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
    pub(super) fn signed(&mut self) -> Option<i64> {
        let number = self.number()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
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
