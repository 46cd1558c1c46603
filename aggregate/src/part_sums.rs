//! The aggregate function that merges packed parts of windows, group by group.

use std::fmt;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use datafusion::common::{internal_err, not_impl_err};
use datafusion::error::Result;
use datafusion::logical_expr::function::AccumulatorArgs;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, EmitTo, GroupsAccumulator, Signature, Volatility,
};

use crate::packed_part::{PART_BYTES, PART_TYPE, merge, part_array, parts_of};

/// An aggregate function from packed parts to the packed part that they merge into.
///
/// One function for all measures, because a group's state then is one place in memory: with a
/// function for each measure, every event looked up as many places as there are measures.
pub(crate) fn merge_parts_udaf() -> AggregateUDF {
    AggregateUDF::from(MergeParts {
        signature: Signature::exact(vec![PART_TYPE], Volatility::Immutable),
    })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct MergeParts {
    signature: Signature,
}

impl AggregateUDFImpl for MergeParts {
    fn name(&self) -> &'static str {
        "merge_parts"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(PART_TYPE)
    }

    fn accumulator(&self, _arguments: AccumulatorArgs<'_>) -> Result<Box<dyn Accumulator>> {
        not_impl_err!("parts are merged by group only")
    }

    fn groups_accumulator_supported(&self, _arguments: AccumulatorArgs<'_>) -> bool {
        true
    }

    fn create_groups_accumulator(
        &self,
        _arguments: AccumulatorArgs<'_>,
    ) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(PartSums::default()))
    }
}

/// The merged part of each group, one behind the other.
#[derive(Default)]
struct PartSums {
    packed: Vec<u8>,
}

impl fmt::Debug for PartSums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartSums")
            .field("groups", &(self.packed.len() / PART_BYTES))
            .finish()
    }
}

impl PartSums {
    fn grow(&mut self, groups: usize) {
        // A part of zeros changes nothing.
        let bytes = groups * PART_BYTES;
        self.packed.resize(bytes.max(self.packed.len()), 0);
    }

    fn take(&mut self, emit_to: EmitTo) -> Vec<u8> {
        match emit_to {
            EmitTo::All => std::mem::take(&mut self.packed),
            EmitTo::First(groups) => {
                let rest = self.packed.split_off(groups * PART_BYTES);
                std::mem::replace(&mut self.packed, rest)
            }
        }
    }
}

impl GroupsAccumulator for PartSums {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        if filter.is_some() {
            return not_impl_err!("parts are merged without a filter");
        }
        self.grow(total_num_groups);
        let Some(parts) = values.first().and_then(|parts| parts_of(parts)) else {
            return internal_err!("the rows to merge are no packed parts");
        };
        let (sums, _) = self.packed.as_chunks_mut::<PART_BYTES>();
        for (&group, part) in group_indices.iter().zip(parts) {
            merge(&mut sums[group], part);
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        Ok(part_array(self.take(emit_to))?)
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn merge_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        total_num_groups: usize,
    ) -> Result<()> {
        self.update_batch(values, group_indices, None, total_num_groups)
    }

    fn convert_to_state(
        &self,
        values: &[ArrayRef],
        filter: Option<&BooleanArray>,
    ) -> Result<Vec<ArrayRef>> {
        if filter.is_some() {
            return not_impl_err!("parts are merged without a filter");
        }
        Ok(values.to_vec())
    }

    fn size(&self) -> usize {
        self.packed.capacity()
    }
}
