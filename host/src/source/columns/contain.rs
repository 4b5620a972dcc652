//! Panics of a reader that is not ours, on files that its authors did not think of, become errors.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

thread_local! {
    static IS_CONTAINED: Cell<bool> = const { Cell::new(false) };
}

/// Runs what may panic, silently; the error is what the panic says. What it worked on is not used
/// again after an error.
pub(super) fn contain<T>(operation: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_CONTAINED.get() {
                print(panic);
            }
        }));
    });
    IS_CONTAINED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(operation));
    IS_CONTAINED.set(false);
    result.map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("its reader gave up: {}", text.unwrap_or("for no reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    thread_local! {
        static IS_PRINTED: Cell<bool> = const { Cell::new(false) };
    }

    #[test]
    fn a_panic_is_an_error() {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            IS_PRINTED.set(true);
            print(panic);
        }));
        assert_eq!(contain(|| 1), Ok(1));
        let index = std::hint::black_box(3);
        let error = contain(|| [1, 2, 3][index]).unwrap_err();
        assert!(
            error.starts_with("its reader gave up: index out of bounds"),
            "{error}"
        );
        assert_eq!(
            contain(|| panic!("so")),
            Err::<(), _>("its reader gave up: so".to_owned())
        );
        assert!(!IS_PRINTED.get());
        let of_another = panic::catch_unwind(|| panic!("so"));
        assert!(of_another.is_err() && IS_PRINTED.get());
    }
}
