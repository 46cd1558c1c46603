//! Capacity that is paid for by time: commitments to providers, and GPUs of one's own.

use std::sync::Arc;

use toml::de::DeArray;

use crate::price_book::condition::Span;
use crate::price_book::factor::Factor;
use crate::price_book::operator::TermKind;
use crate::price_book::operator::currency::Exchange;
use crate::price_book::operator::dated::Dated;
use crate::price_book::operator::draft::{Draft, Entry, add_terms};
use crate::price_book::operator::fields::Fields;
use crate::price_book::operator::scope::Scope;
use crate::price_book::problem::Problems;
use crate::price_book::rate::Rate;
use crate::time::{US_PER_S, month_of_us};

const US_PER_MINUTE: u128 = 60 * US_PER_S.unsigned_abs() as u128;
const S_PER_HOUR: u128 = 3_600;
/// Larger prices are slips, and could not be added up over centuries.
const HOURLY_USD_MAX: u128 = 1_000_000_000;

/// The span of time that a price is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::price_book) enum Billing {
    Hour,
    /// A UTC calendar month, whatever its length.
    Month,
}

/// Capacity of a provider, bought by time.
#[derive(Debug, Clone)]
pub(in crate::price_book) struct Commitment {
    /// US dollars for all units.
    pub(in crate::price_book) price: Factor,
    pub(in crate::price_book) per: Billing,
    /// What all units serve; `None` for a minimum spend, which serves nothing.
    throughput: Option<Throughput>,
}

/// Tokens per minute of a commitment, per second of a fleet.
#[derive(Debug, Clone, Copy)]
struct Throughput {
    input: Factor,
    output: Factor,
    /// What of the price is for input and for output: all of it for either, where one is served in
    /// place of the other.
    input_share: Factor,
    output_share: Factor,
}

/// GPUs of one's own.
#[derive(Debug, Clone)]
pub(in crate::price_book) struct Fleet {
    /// US dollars for all GPUs for an hour.
    pub(in crate::price_book) usd_per_hour: Factor,
    /// US dollars for one GPU for a second.
    pub(in crate::price_book) gpu_second: Rate,
    /// What one input and one output token cost; `None` if only GPU time is priced.
    pub(in crate::price_book) token_rates: Option<(Rate, Rate)>,
    /// What it is, for people.
    pub(in crate::price_book) detail: String,
}

impl Commitment {
    /// Whether calls keep their price, and only what is missing to a minimum is paid besides.
    pub(in crate::price_book) const fn is_minimum_spend(&self) -> bool {
        self.throughput.is_none()
    }

    /// What one input and one output token cost at an instant; cuts the span to where it stays so.
    pub(in crate::price_book) fn token_rates(
        &self,
        time_us: i64,
        span: &mut Span,
    ) -> Option<(Rate, Rate)> {
        let throughput = self.throughput?;
        let minutes = match self.per {
            Billing::Hour => 60,
            Billing::Month => {
                let (start_us, end_us) = month_of_us(time_us)?;
                span.cut(start_us, time_us);
                span.cut(end_us, time_us);
                u128::try_from(end_us - start_us).ok()? / US_PER_MINUTE
            }
        };
        throughput.rates(self.price.over(Factor::whole(minutes))?)
    }
}

impl Throughput {
    /// What one input and one output token cost if the capacity costs this for its unit of time.
    fn rates(&self, price: Factor) -> Option<(Rate, Rate)> {
        let rate =
            |share: Factor, tokens: Factor| Rate::from_factor(price.times(share)?.over(tokens)?);
        Some((
            rate(self.input_share, self.input)?,
            rate(self.output_share, self.output)?,
        ))
    }
}

/// Reads `[[commitments]]`.
pub(super) fn read_commitments(
    list: &DeArray<'_>,
    exchange: &Exchange,
    draft: &mut Draft,
    problems: &mut Problems<'_>,
) {
    const KEYS: [&str; 15] = [
        "id",
        "kind",
        "provider",
        "model",
        "when",
        "price",
        "per",
        "units",
        "currency",
        "input_tokens_per_minute",
        "output_tokens_per_minute",
        "input_price_percent",
        "from",
        "until",
        "known_from",
    ];
    let mut entries = Vec::new();
    for value in list.iter() {
        let Some(fields) = Fields::new("commitments", value, &KEYS, problems) else {
            continue;
        };
        let id = fields.id("id", problems);
        let scope = Scope::read(fields, "model", problems);
        let commitment = read_commitment(fields, problems);
        let Some((period, known_from_us)) = fields.dates(problems) else {
            continue;
        };
        let parts = exchange.parts(fields, period, problems);
        let (Some(id), Some(scope), Some(commitment), Some(parts)) = (id, scope, commitment, parts)
        else {
            continue;
        };
        let in_dollars = parts.into_iter().map(|(part, usd)| {
            let price = commitment.price.times(usd)?;
            let in_dollars = Commitment {
                price,
                ..commitment.clone()
            };
            in_dollars.is_exact().then_some((part, in_dollars))
        });
        let Some(parts) = in_dollars.collect::<Option<Vec<_>>>() else {
            let what = "is too large, or has more digits in dollars than can be kept exactly";
            fields.wrong("price", what, problems);
            continue;
        };
        entries.push(Dated {
            subject: id,
            start: fields.start,
            period,
            known_from_us,
            item: Entry {
                scope: Arc::new(scope),
                parts,
            },
        });
    }
    add_terms(
        "commitments",
        entries,
        TermKind::Commitment,
        draft,
        problems,
    );
}

impl Commitment {
    /// Whether its rates can be kept exactly in months of every length, and its sums fit.
    fn is_exact(&self) -> bool {
        let is_small = |price: Factor| {
            let limit = price.over(Factor::whole(HOURLY_USD_MAX));
            limit.is_some_and(|share| !share.exceeds_one())
        };
        let minutes: &[u128] = match self.per {
            Billing::Hour => &[60],
            Billing::Month => &[40_320, 41_760, 43_200, 44_640],
        };
        let rates = |minutes: &u128| {
            let price = self.price.over(Factor::whole(*minutes));
            price.and_then(|price| match self.throughput {
                Some(throughput) => throughput.rates(price).map(|_| ()),
                None => Rate::from_factor(price).map(|_| ()),
            })
        };
        is_small(self.price) && minutes.iter().all(|minutes| rates(minutes).is_some())
    }
}

fn read_commitment(fields: Fields<'_, '_>, problems: &mut Problems<'_>) -> Option<Commitment> {
    let kind = fields.choice(
        "kind",
        &["provisioned", "scale_tier", "minimum_spend"],
        problems,
    );
    let per = fields.choice("per", &["hour", "month"], problems);
    let price = fields.positive("price", problems);
    let units = match fields.get("units") {
        None => Some(Factor::ONE),
        Some(_) => fields.positive("units", problems),
    };
    let (kind, per, price, units) = (kind?, per?, price?, units?);
    let throughput = if kind == "minimum_spend" {
        if per != "month" {
            fields.wrong("per", "must be \"month\" for a minimum spend", problems);
        }
        for key in ["input_tokens_per_minute", "output_tokens_per_minute"] {
            if fields.get(key).is_some() {
                fields.wrong(
                    key,
                    "means nothing for a minimum spend: leave it out",
                    problems,
                );
            }
        }
        None
    } else {
        let input = fields.positive("input_tokens_per_minute", problems);
        let output = fields.positive("output_tokens_per_minute", problems);
        let (input_share, output_share) = read_shares(fields, problems)?;
        Some(Throughput {
            input: input?.times(units)?,
            output: output?.times(units)?,
            input_share,
            output_share,
        })
    };
    let total = price.times(units);
    if total.is_none() {
        fields.wrong("price", "times `units` has too many digits", problems);
    }
    Some(Commitment {
        price: total?,
        per: if per == "hour" {
            Billing::Hour
        } else {
            Billing::Month
        },
        throughput,
    })
}

/// What of the price is for input and for output.
fn read_shares(fields: Fields<'_, '_>, problems: &mut Problems<'_>) -> Option<(Factor, Factor)> {
    if fields.get("input_price_percent").is_none() {
        return Some((Factor::ONE, Factor::ONE));
    }
    let percent = fields.decimal("input_price_percent", problems)?;
    let input = percent.over(Factor::whole(100))?;
    let output = input.rest();
    if output.is_none() {
        fields.wrong("input_price_percent", "must be from 0 to 100", problems);
    }
    Some((input, output?))
}

/// Reads `[[fleets]]`, whose prices are in US dollars.
pub(super) fn read_fleets(list: &DeArray<'_>, draft: &mut Draft, problems: &mut Problems<'_>) {
    const KEYS: [&str; 14] = [
        "id",
        "gpu",
        "count",
        "usd_per_gpu_hour",
        "terms",
        "provider",
        "models",
        "when",
        "input_tokens_per_second",
        "output_tokens_per_second",
        "expected_utilisation",
        "from",
        "until",
        "known_from",
    ];
    let mut entries = Vec::new();
    for value in list.iter() {
        let Some(fields) = Fields::new("fleets", value, &KEYS, problems) else {
            continue;
        };
        let id = fields.id("id", problems);
        for key in ["provider", "models"] {
            if fields.get(key).is_none() {
                let message = format!("an entry of `fleets` needs `{key}`: what events name");
                problems.add(fields.start, message);
            }
        }
        let scope = Scope::read(fields, "models", problems);
        let fleet = read_fleet(fields, problems);
        let dates = fields.dates(problems);
        if let (Some(id), Some(scope), Some(fleet), Some((period, known_from_us))) =
            (id, scope, fleet, dates)
        {
            entries.push(Dated {
                subject: id,
                start: fields.start,
                period,
                known_from_us,
                item: Entry {
                    scope: Arc::new(scope),
                    parts: vec![(period, fleet)],
                },
            });
        }
    }
    add_terms("fleets", entries, TermKind::Fleet, draft, problems);
}

fn read_fleet(fields: Fields<'_, '_>, problems: &mut Problems<'_>) -> Option<Fleet> {
    let gpu = fields.required_text("gpu", problems);
    let count = fields.positive("count", problems);
    let price = fields.positive("usd_per_gpu_hour", problems);
    let terms = fields.choice("terms", &["on_demand", "reserved", "colocated"], problems);
    let speeds = [
        "input_tokens_per_second",
        "output_tokens_per_second",
        "expected_utilisation",
    ];
    let has_speed = speeds.iter().any(|key| fields.get(key).is_some());
    let speeds = has_speed.then(|| speeds.map(|key| fields.positive(key, problems)));
    let (gpu, count, price, terms) = (gpu?, count?, price?, terms?);
    let hourly = price.times(count);
    let is_small = hourly.and_then(|hourly| hourly.over(Factor::whole(HOURLY_USD_MAX)));
    if is_small.is_none_or(Factor::exceeds_one) {
        fields.wrong("usd_per_gpu_hour", "times `count` is too large", problems);
        return None;
    }
    let usd_per_hour = hourly?;
    let token_rates = match speeds {
        None => None,
        Some([input, output, utilisation]) => {
            let (input, output, utilisation) = (input?, output?, utilisation?);
            if utilisation.exceeds_one() {
                let what = "is a part of one, such as \"0.6\"";
                fields.wrong("expected_utilisation", what, problems);
                return None;
            }
            let throughput = Throughput {
                input,
                output,
                input_share: Factor::ONE,
                output_share: Factor::ONE,
            };
            let used_second = usd_per_hour.over(Factor::whole(S_PER_HOUR));
            let used_second = used_second.and_then(|price| price.over(utilisation));
            let rates = used_second.and_then(|price| throughput.rates(price));
            if rates.is_none() {
                let what = "has more digits than can be kept exactly";
                fields.wrong("expected_utilisation", what, problems);
            }
            Some(rates?)
        }
    };
    let gpu_second = price.over(Factor::whole(S_PER_HOUR));
    Some(Fleet {
        usd_per_hour,
        gpu_second: gpu_second.and_then(Rate::from_factor)?,
        token_rates,
        detail: format!(
            "{} x {gpu} at ${} an hour each, {terms}",
            count.decimal(),
            price.decimal()
        ),
    })
}
