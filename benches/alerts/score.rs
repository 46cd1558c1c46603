//! What alerts are worth: recall by kind, false alarms, dollars lost before the alert.

use crate::incidents::{Incident, Kind};
use crate::rules::{Alert, Key};
use crate::world::{DAYS, FEATURES, USERS, WORKFLOWS, World};

/// An alert may follow a very short incident by this many minutes.
const GRACE_MINUTES: u32 = 30;

#[derive(Clone, Debug, Default)]
pub(crate) struct Score {
    pub(crate) found: [u32; 10],
    pub(crate) of: [u32; 10],
    pub(crate) lost_usd: [f64; 10],
    pub(crate) total_usd: [f64; 10],
    pub(crate) lost_shares: f64,
    pub(crate) false_alarms: u32,
    pub(crate) series_weeks: f64,
}

impl Score {
    pub(crate) fn recall(&self) -> f64 {
        f64::from(self.found.iter().sum::<u32>()) / f64::from(self.of.iter().sum::<u32>().max(1))
    }

    pub(crate) fn lost_share(&self) -> f64 {
        self.lost_usd.iter().sum::<f64>() / self.total_usd.iter().sum::<f64>()
    }

    /// The mean over incidents of the share that was lost.
    pub(crate) fn lost_share_mean(&self) -> f64 {
        self.lost_shares / f64::from(self.of.iter().sum::<u32>().max(1))
    }

    /// Per 1,000 series-weeks.
    pub(crate) fn false_alarm_rate(&self) -> f64 {
        f64::from(self.false_alarms) / self.series_weeks * 1_000.0
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for kind in 0..10 {
            self.found[kind] += other.found[kind];
            self.of[kind] += other.of[kind];
            self.lost_usd[kind] += other.lost_usd[kind];
            self.total_usd[kind] += other.total_usd[kind];
        }
        self.lost_shares += other.lost_shares;
        self.false_alarms += other.false_alarms;
        self.series_weeks += other.series_weeks;
    }
}

fn touches(world: &World, incident: &Incident, alert: &Alert) -> bool {
    incident.streams.iter().any(|&index| {
        let stream = &world.streams[index];
        match alert.key {
            Key::Feature => stream.feature == alert.index,
            Key::Workflow => stream.workflow == alert.index,
            Key::User => stream.user == alert.index,
            Key::Model => stream.model == alert.index || incident.effect.model == Some(alert.index),
        }
    })
}

/// Scores alerts; one of no incident is a false alarm, and a second one of an incident is nothing.
pub(crate) fn score<'a>(
    world: &World,
    incidents: &[Incident],
    alerts: impl Iterator<Item = &'a Alert>,
) -> Score {
    let series = (FEATURES + WORKFLOWS + USERS) / world.part;
    let mut score = Score {
        series_weeks: series as f64 * f64::from(DAYS) / 7.0,
        ..Score::default()
    };
    let mut first: Vec<Option<u32>> = vec![None; incidents.len()];
    for alert in alerts {
        let mut any = false;
        for (index, incident) in incidents.iter().enumerate() {
            let in_time = (incident.start..incident.end + GRACE_MINUTES).contains(&alert.minute);
            if in_time && touches(world, incident, alert) {
                any = true;
                let known = first[index].unwrap_or(alert.minute);
                first[index] = Some(known.min(alert.minute));
            }
        }
        score.false_alarms += u32::from(!any);
    }
    for (incident, first) in incidents.iter().zip(&first) {
        let kind = Kind::ALL
            .iter()
            .position(|&kind| kind == incident.kind)
            .unwrap();
        score.of[kind] += 1;
        score.found[kind] += u32::from(first.is_some());
        let total_usd = incident.total_usd();
        // The minute of the alert is lost too.
        let lost_usd = first.map_or(total_usd, |minute| incident.usd_before(minute + 1));
        score.total_usd[kind] += total_usd;
        score.lost_usd[kind] += lost_usd;
        score.lost_shares += lost_usd / total_usd.max(1e-9);
    }
    score
}
