//! What vectors and pairs take for granted of the two types of numbers.

use super::*;

/// What is larger has the larger pattern, as long as it is not negative.
fn patterns_are_in_order<T: Float>(numbers: [f32; 5]) {
    for pair in numbers.map(T::from_f32).windows(2) {
        assert!(pair[0] < pair[1]);
        assert!(pair[0].signed_bits() < pair[1].signed_bits());
        assert!(T::from_signed_bits(pair[1].signed_bits()) == pair[1]);
        assert!(pair[0].signed_bits() >= T::ZERO.signed_bits());
        assert!((-pair[1]).signed_bits() < T::ZERO.signed_bits());
    }
}

#[test]
fn patterns_of_positive_numbers_are_in_order() {
    let numbers = [0.0, 1e-45, 1.5, 2.0, f32::INFINITY];
    patterns_are_in_order::<f32>(numbers);
    patterns_are_in_order::<f64>(numbers);
}

fn sizes<T: Float>() {
    let [one, three, nan] = [1.0, 3.0, f32::NAN].map(T::from_f32);
    for (a, b) in [(one, three), (three, one)] {
        assert!(a.larger(b) == three && a.smaller(b) == one);
        assert!((-a).larger(-b) == -one && (-a).smaller(-b) == -three);
    }
    for (a, b) in [(one, nan), (nan, one), (nan, nan)] {
        assert!(a.larger(b).is_nan() && a.smaller(b).is_nan());
    }
    assert!((-three).magnitude() == three && three.magnitude() == three);
    // No zero is negative.
    for zero in [T::ZERO, -T::ZERO] {
        assert!(T::ONE / zero.magnitude() == T::INFINITY);
    }
    assert!(nan.magnitude().is_nan());
}

#[test]
fn the_larger_the_smaller_and_the_magnitude() {
    sizes::<f32>();
    sizes::<f64>();
}
