//! The worst rows of every operation that a search has found, `kernel/tests/search.rs`, or the run over
//! every `f32`, `kernel/tests/exhaustive`.

use super::{Case, Tier};
use crate::Float;

/// Rows with their labels, on which the kernel has erred more than on all others.
pub fn found<T: Float>() -> Tier<T> {
    let mut tier = Tier::new("found");
    let rows = if T::PRECISION == f32::PRECISION {
        let widened = |&(row, label): &(&[f32], usize)| {
            let row = row.iter().map(|&z| f64::from(z)).collect();
            (row, label)
        };
        F32.iter().map(widened).collect()
    } else {
        let owned = |&(row, label): &(&[f64], usize)| (row.to_vec(), label);
        F64.iter().map(owned).collect::<Vec<_>>()
    };
    for (row, label) in rows {
        let logits = row.into_iter().map(T::round).collect();
        tier.cases.push(Case { logits, label });
    }
    tier
}

/// Each with the operation, the arithmetic class and the error in ulps that it was found with.
const F32: &[(&[f32], usize)] = &[
    // Fused Loss: 1.0779
    (&[-7.2380185, -2.382305], 1),
    // Fused Gradient: 1.4128
    (
        &[
            -55.0814, 1.329902, -1.790829, -0.9871549, 5.9267445, 6.1703753, 0.93501705,
        ],
        1,
    ),
    // Fused Probability: 1.4903
    (
        &[
            -5.315431,
            -0.026387505,
            -0.00018588081,
            -4.4541316,
            -0.5606355,
            -1.380374,
            10.225751,
            -0.00047401187,
            1.4262965,
            9.9867115,
        ],
        2,
    ),
    // Fused HessianDiagonal: 1.0874
    (&[-6.5676293, 28.787352], 0),
    // Fused Hessian: 0.9445
    (&[4.606446, -41.895634], 0),
    // Unfused Loss: 0.9809
    (&[8.7189665, -28.714777], 0),
    // Unfused Gradient: 1.608
    (
        &[
            8.01644,
            0.27917454,
            -0.005778698,
            -1.5949465,
            -0.35372815,
            9.142481,
            0.96678734,
            -3.57612,
        ],
        5,
    ),
    // Unfused Probability: 1.6068
    (&[-2.373525, -0.04317816, 0.88969195], 1),
    // Unfused HessianDiagonal: 1.0374
    (&[-0.08077049, 37.16933, 3.8636367], 2),
    // Unfused Hessian: 1.0206
    (&[-9.59626, -0.2708261, -6.5543575], 1),
    // Of all rows (d, 0). Fused Gradient: 1.5346
    (&[5.244171, 0.0], 1),
    // Unfused Gradient: 1.7140
    (&[5.224777, 0.0], 1),
    // Unfused Loss: 1.0191
    (&[-5.859011, 0.0], 1),
];

/// The same.
const F64: &[(&[f64], usize)] = &[
    // Fused Loss: 1.0148
    (&[-5.849558767029249, -0.3009746767160151], 1),
    // Fused Gradient: 1.4876
    (
        &[
            0.7663934704076452,
            0.04234454262290738,
            0.0007983789113476856,
            -0.5508458235787361,
            0.35922881187451816,
        ],
        0,
    ),
    // Fused Probability: 1.4149
    (
        &[
            0.4719120106691053,
            -1.0321722034261915,
            -3.3746267928104925,
            0.3828085289403427,
        ],
        0,
    ),
    // Fused HessianDiagonal: 1.0336
    (&[-41.2381719562687, -9.35151019504495], 0),
    // Fused Hessian: 1.1415
    (
        &[
            0.4129104292706539,
            0.3488778078647105,
            -9.809737663689347,
            -63.31009414706585,
            0.369408854864237,
            -0.8501244759278997,
            -4.755832062113754,
        ],
        0,
    ),
    // Unfused Loss: 1.0773
    (&[0.34678663586130776, 5.324739770171729], 1),
    // Unfused Gradient: 1.5623
    (
        &[
            5.260247923689662,
            -3.4489160026637715,
            0.1318486762729101,
            -23.208307912932952,
            -0.9557251226743539,
            -0.31555355780114175,
            -0.0006306394618566652,
            -2.4652757632458786,
        ],
        2,
    ),
    // Unfused Probability: 1.5151
    (
        &[
            8.70202111349257,
            -9.330041876732324,
            -2.0121109562511204,
            -1.5904078437652864,
            3.3403529845087228,
        ],
        2,
    ),
    // Unfused HessianDiagonal: 0.9803
    (&[12.132984442629317, 28.254866551390393], 0),
    // Unfused Hessian: 1.0177
    (
        &[
            -0.3570483506335929,
            -7.239735348207672,
            -2.4610191787980185,
            -8.60716213412636,
            -0.3677949487486669,
            -0.07755810274550483,
            -23.689118585255713,
            -0.39277436405024346,
            -1.001930080052574,
            -0.3877138200971485,
        ],
        8,
    ),
];
