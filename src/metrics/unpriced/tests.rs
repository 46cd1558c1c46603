//! Labels stay bounded, and no event is left out.

use aggregate::pricing::{PricingCounts, UnpricedModel};

use super::{Model, UnpricedEvents};

fn counts(models: std::ops::Range<u64>) -> PricingCounts {
    PricingCounts {
        unpriced: models.clone().count() as u64 * 2,
        unpriced_models: models
            .map(|at| UnpricedModel {
                provider: "p".to_owned(),
                model: format!("m{at}"),
                events: 2,
            })
            .collect(),
        ..PricingCounts::default()
    }
}

#[test]
fn the_first_models_are_named_and_all_events_are_counted() {
    let unpriced = UnpricedEvents::default();
    unpriced.add(&counts(0..40));
    unpriced.add(&counts(20..100));
    let of = |provider: &str, model: &str| {
        let model = Model {
            provider: provider.to_owned(),
            model: model.to_owned(),
        };
        unpriced.counts.get(&model).map(|count| count.get())
    };
    assert_eq!(of("p", "m0"), Some(2));
    assert_eq!(of("p", "m30"), Some(4));
    assert_eq!(of("p", "m63"), Some(2));
    assert_eq!(of("p", "m64"), None);
    assert_eq!(of("other", "other"), Some(72));
}
