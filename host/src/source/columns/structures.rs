//! The types that the fields 1, 2, 3 and so on have in the footer of a Parquet file and in the headers
//! of its pages: all of those that the package reads, whichever of its features are on. Later fields it
//! skips.

use super::thrift::Type::{self, Binary, Bool, Byte, Double, Integer, List, Struct};

/// Members of unions that say all by being there.
const EMPTY: Type = Struct(&[]);

pub(super) const FILE: &[Type] = &[
    Integer,
    List(&Struct(SCHEMA_ELEMENT)),
    Integer,
    List(&Struct(ROW_GROUP)),
    List(&Struct(KEY_VALUE)),
    Binary,
    List(&Struct(COLUMN_ORDER)),
    Struct(ENCRYPTION_ALGORITHM),
    Binary,
];

const SCHEMA_ELEMENT: &[Type] = &[
    Integer,
    Integer,
    Integer,
    Binary,
    Integer,
    Integer,
    Integer,
    Integer,
    Integer,
    Struct(LOGICAL_TYPE),
];

const LOGICAL_TYPE: &[Type] = &[
    EMPTY,
    EMPTY,
    EMPTY,
    EMPTY,
    Struct(DECIMAL),
    EMPTY,
    Struct(TIME),
    Struct(TIME),
    EMPTY,
    Struct(INTEGER),
    EMPTY,
    EMPTY,
    EMPTY,
    EMPTY,
    EMPTY,
    Struct(VARIANT),
    Struct(GEOMETRY),
    Struct(GEOGRAPHY),
];

const DECIMAL: &[Type] = &[Integer, Integer];
const TIME: &[Type] = &[Bool, Struct(TIME_UNIT)];
const TIME_UNIT: &[Type] = &[EMPTY, EMPTY, EMPTY];
const INTEGER: &[Type] = &[Byte, Bool];
const VARIANT: &[Type] = &[Byte];
const GEOMETRY: &[Type] = &[Binary];
const GEOGRAPHY: &[Type] = &[Binary, Integer];

const ROW_GROUP: &[Type] = &[
    List(&Struct(COLUMN_CHUNK)),
    Integer,
    Integer,
    List(&Struct(SORTING_COLUMN)),
    Integer,
    Integer,
    Integer,
];

const SORTING_COLUMN: &[Type] = &[Integer, Bool, Bool];

const COLUMN_CHUNK: &[Type] = &[
    Binary,
    Integer,
    Struct(COLUMN_METADATA),
    Integer,
    Integer,
    Integer,
    Integer,
    Struct(COLUMN_ENCRYPTION),
    Binary,
];

const COLUMN_METADATA: &[Type] = &[
    Integer,
    List(&Integer),
    List(&Binary),
    Integer,
    Integer,
    Integer,
    Integer,
    List(&Struct(KEY_VALUE)),
    Integer,
    Integer,
    Integer,
    Struct(STATISTICS),
    List(&Struct(PAGE_ENCODINGS)),
    Integer,
    Integer,
    Struct(SIZES),
    Struct(GEOSPATIAL_STATISTICS),
];

const STATISTICS: &[Type] = &[Binary, Binary, Integer, Integer, Binary, Binary, Bool, Bool];
const PAGE_ENCODINGS: &[Type] = &[Integer, Integer, Integer];
const SIZES: &[Type] = &[Integer, List(&Integer), List(&Integer)];
const GEOSPATIAL_STATISTICS: &[Type] = &[Struct(BOUNDING_BOX), List(&Integer)];
const BOUNDING_BOX: &[Type] = &[
    Double, Double, Double, Double, Double, Double, Double, Double,
];

const KEY_VALUE: &[Type] = &[Binary, Binary];
const COLUMN_ORDER: &[Type] = &[EMPTY];

const ENCRYPTION_ALGORITHM: &[Type] = &[Struct(AES), Struct(AES)];
const AES: &[Type] = &[Binary, Binary, Bool];
const COLUMN_ENCRYPTION: &[Type] = &[EMPTY, Struct(COLUMN_KEY)];
const COLUMN_KEY: &[Type] = &[List(&Binary), Binary];

pub(super) const PAGE: &[Type] = &[
    Integer,
    Integer,
    Integer,
    Integer,
    Struct(DATA_PAGE),
    EMPTY,
    Struct(DICTIONARY_PAGE),
    Struct(DATA_PAGE_V2),
];

const DATA_PAGE: &[Type] = &[Integer, Integer, Integer, Integer, Struct(STATISTICS)];
const DICTIONARY_PAGE: &[Type] = &[Integer, Integer, Bool];
const DATA_PAGE_V2: &[Type] = &[
    Integer,
    Integer,
    Integer,
    Integer,
    Integer,
    Integer,
    Bool,
    Struct(STATISTICS),
];
