//! A world as rows of `cost_windows`, for whoever wants to judge the program itself by it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::day::{Generator, Row, Totals};
use crate::incidents::{self, Incident};
use crate::rules::Key;
use crate::traces::Trace;
use crate::world::{DAY_MINUTES, DAYS, Stream, World};

/// The Thursday on which worlds begin, seconds since the Unix epoch: their weekends are those of a
/// world whose minutes are counted from the epoch, which was a Thursday too.
const START_S: i64 = 1_767_225_600;
const HEADER: &str = "rollup,window_start_s,window_seconds,tenant,user_id,feature,workflow,\
    provider,model,calls,error_calls,retry_calls,input_tokens,output_tokens,cache_read_tokens,\
    cost_usd,input_cost_usd";

/// Writes `rows.csv`, `incidents.csv` and `losses.csv` into a folder.
pub(crate) fn write(seed: u64, part: usize, traces: &[Trace; 2], folder: &Path) {
    std::fs::create_dir_all(folder).unwrap();
    let world = World::new(seed, part);
    let mut incidents = incidents::draw(&world);
    let generator = Generator::new(&world, traces, &incidents);
    let mut out = BufWriter::new(File::create(folder.join("rows.csv")).unwrap());
    writeln!(out, "{HEADER}").unwrap();
    for day in 0..DAYS {
        let rows: Vec<_> = (0..world.streams.len())
            .map(|stream| generator.day(stream, day, &mut incidents))
            .collect();
        for key in [Key::Feature, Key::Workflow, Key::User] {
            write_day(&mut out, key, &world.streams, &rows, day);
        }
    }
    write_incidents(&world, &incidents, folder);
    write_losses(&incidents, folder);
}

fn write_day(out: &mut impl Write, key: Key, streams: &[Stream], rows: &[Vec<Row>], day: u32) {
    let width = key.width_minutes();
    let mut windows = BTreeMap::<(u32, usize, usize, usize), Totals>::new();
    for (stream, rows) in streams.iter().zip(rows) {
        for row in rows {
            let window = row.minute / width * width;
            let name = (window, stream.tenant, key.of(stream, row), row.model);
            windows.entry(name).or_default().add(&row.totals);
        }
    }
    debug_assert!(
        windows
            .keys()
            .all(|(minute, ..)| minute / DAY_MINUTES == day)
    );
    for ((minute, tenant, index, model), sums) in windows {
        let start_s = START_S + i64::from(minute) * 60;
        let (rollup, names) = match key {
            Key::User => ("user", format!("user-{index},,")),
            Key::Workflow => ("workflow", format!(",,workflow-{index}")),
            Key::Feature | Key::Model => ("feature", format!(",feature-{index},")),
        };
        writeln!(
            out,
            "{rollup},{start_s},{},tenant-{tenant},{names},provider-{},model-{model},\
             {:.0},{:.0},{:.0},{:.0},{:.0},{:.0},{:.12},{:.12}",
            width * 60,
            model % 4,
            sums.calls,
            sums.errors,
            sums.retries,
            sums.input,
            sums.output,
            sums.cached,
            sums.usd,
            sums.input_usd,
        )
        .unwrap();
    }
}

fn write_incidents(world: &World, incidents: &[Incident], folder: &Path) {
    let mut out = BufWriter::new(File::create(folder.join("incidents.csv")).unwrap());
    writeln!(
        out,
        "kind,start_s,end_s,over_usd,features,workflows,users,models"
    )
    .unwrap();
    for incident in incidents {
        let places = |of: &dyn Fn(&Stream) -> usize| {
            let streams = incident.streams.iter();
            let places = streams.map(|&stream| of(&world.streams[stream]));
            places.collect::<BTreeSet<usize>>()
        };
        let named = |prefix: &str, places: BTreeSet<usize>| {
            let names = places.iter().map(|place| format!("{prefix}-{place}"));
            names.collect::<Vec<_>>().join(" ")
        };
        let mut models = places(&|stream| stream.model);
        models.extend(incident.effect.model);
        writeln!(
            out,
            "{},{},{},{:.6},{},{},{},{}",
            incident.kind.name(),
            START_S + i64::from(incident.start) * 60,
            START_S + i64::from(incident.end) * 60,
            incident.total_usd(),
            named("feature", places(&|stream| stream.feature)),
            named("workflow", places(&|stream| stream.workflow)),
            named("user", places(&|stream| stream.user)),
            named("model", models),
        )
        .unwrap();
    }
}

/// What each minute of each incident cost over normal; incidents by their line, from 0.
fn write_losses(incidents: &[Incident], folder: &Path) {
    let mut out = BufWriter::new(File::create(folder.join("losses.csv")).unwrap());
    writeln!(out, "incident,minute_s,over_usd").unwrap();
    for (number, incident) in incidents.iter().enumerate() {
        for (minute, usd) in (incident.start..).zip(&incident.excess_usd) {
            if *usd != 0.0 {
                let minute_s = START_S + i64::from(minute) * 60;
                writeln!(out, "{number},{minute_s},{usd:.9}").unwrap();
            }
        }
    }
}
