//! Columns by whose values rows are hashed to instances.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{ArrowPrimitiveType, Float16Type, Float32Type, Float64Type};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Schema};
use datafusion_common::Result;
use datafusion_physical_expr::PhysicalExpr;
use datafusion_physical_expr::expressions::Column;
use datafusion_physical_plan::ColumnarValue;

/// The values of a column, such that equal ones have equal bits: -0.0 is 0.0, and there is one NaN.
pub(crate) fn key(schema: &Schema, index: usize) -> Arc<dyn PhysicalExpr> {
    let column = Arc::new(Column::new(schema.field(index).name(), index));
    if schema.field(index).data_type().is_floating() { Arc::new(FloatKey { column }) } else { column }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct FloatKey {
    column: Arc<Column>,
}

impl fmt::Display for FloatKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "key({})", self.column)
    }
}

impl PhysicalExpr for FloatKey {
    fn data_type(&self, schema: &Schema) -> Result<DataType> {
        self.column.data_type(schema)
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(true)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let array = batch.column(self.column.index());
        Ok(ColumnarValue::Array(match array.data_type() {
            DataType::Float16 => unary::<Float16Type>(array, |value| value + half_zero()),
            DataType::Float32 => {
                unary::<Float32Type>(array, |value| if value.is_nan() { f32::NAN } else { value + 0.0 })
            }
            _ => unary::<Float64Type>(array, |value| if value.is_nan() { f64::NAN } else { value + 0.0 }),
        }))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        Vec::new()
    }

    fn with_new_children(self: Arc<Self>, _: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(self)
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn half_zero() -> <Float16Type as ArrowPrimitiveType>::Native {
    <Float16Type as ArrowPrimitiveType>::Native::default()
}

fn unary<T: ArrowPrimitiveType>(array: &ArrayRef, change: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    Arc::new(array.as_primitive::<T>().unary::<_, T>(change))
}
