//! Sets and sequences of fields.

use super::super::field::{FIELD_COUNT, Field};
use super::{BEGINNING, FieldOrder, FieldSet};

#[test]
fn a_set_holds_every_field() {
    let mut set = FieldSet::default();
    for field in (0..FIELD_COUNT).map(Field::at) {
        assert!(set.insert(field));
        assert!(!set.insert(field));
    }
}

#[test]
fn the_last_order_is_expected_again() {
    let mut order = FieldOrder::new();
    order.learn(BEGINNING, Field::MODEL);
    order.learn(Field::MODEL, Field::TENANT);
    order.learn(Field::MODEL, Field::USER_ID);
    assert_eq!(order.after(BEGINNING), Field::MODEL);
    assert_eq!(order.after(Field::MODEL), Field::USER_ID);
}
