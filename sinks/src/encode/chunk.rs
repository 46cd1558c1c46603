//! One column of one row group: its pages, compressed, and what the footer says of it.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType, ZstdLevel};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

use crate::error::SinkError;

/// Pages that compression leaves longer than this share of their size are kept as they are, and
/// with them the column: 31 of 32.
const KEPT_SHARE: (usize, usize) = (31, 32);

/// Compresses pages; one for all columns of a file, since its tables are large.
pub(crate) struct PageCompressor {
    compressor: Compressor<'static>,
    level: ZstdLevel,
    /// Large enough for any page met so far, so that a page is kept in memory of its own size.
    scratch: Vec<u8>,
}

impl std::fmt::Debug for PageCompressor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageCompressor").finish_non_exhaustive()
    }
}

impl PageCompressor {
    /// A compressor of a Zstandard level.
    pub(crate) fn new(level: i32) -> Result<Self, SinkError> {
        let failed = SinkError::parquet("set the Zstandard level");
        let compressor = Compressor::new(level).map_err(ParquetError::from);
        Ok(Self {
            compressor: compressor.map_err(&failed)?,
            level: ZstdLevel::try_new(level).map_err(failed)?,
            scratch: Vec::new(),
        })
    }

    fn compress(&mut self, body: &[u8]) -> Result<&[u8], SinkError> {
        self.scratch.clear();
        self.scratch.reserve(compress_bound(body.len()));
        let compressed = self.compressor.compress_to_buffer(body, &mut self.scratch);
        let compressed = compressed.map_err(ParquetError::from);
        compressed.map_err(SinkError::parquet("compress a page"))?;
        Ok(&self.scratch)
    }
}

/// The pages of a column so far.
#[derive(Default)]
pub(crate) struct Chunk {
    pages: Vec<CompressedPage>,
    /// Decided by the first page.
    is_compressed: Option<bool>,
    values: usize,
    nulls: usize,
    rows: usize,
    bytes: usize,
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunk")
            .field("pages", &self.pages.len())
            .field("values", &self.values)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

/// What a page holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageShape {
    /// Rows that begin in it.
    pub(crate) rows: usize,
    /// Levels in it.
    pub(crate) values: usize,
    /// Levels without a value.
    pub(crate) nulls: usize,
    /// How its values are encoded.
    pub(crate) encoding: Encoding,
}

impl Chunk {
    /// Adds a data page: levels, then values.
    pub(crate) fn push(
        &mut self,
        compressor: &mut PageCompressor,
        body: &[u8],
        shape: PageShape,
    ) -> Result<(), SinkError> {
        let buf = self.compress(compressor, body)?;
        self.values += shape.values;
        self.nulls += shape.nulls;
        self.rows += shape.rows;
        self.bytes += buf.len();
        let page = Page::DataPage {
            buf,
            num_values: count(shape.values)?,
            encoding: shape.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        self.pages.push(CompressedPage::new(page, body.len()));
        Ok(())
    }

    /// Levels without a value.
    pub(crate) const fn nulls(&self) -> usize {
        self.nulls
    }

    /// Memory held, bytes.
    pub(crate) const fn memory_bytes(&self) -> usize {
        self.bytes
    }

    fn compress(
        &mut self,
        compressor: &mut PageCompressor,
        body: &[u8],
    ) -> Result<Bytes, SinkError> {
        if self.is_compressed == Some(false) {
            return Ok(Bytes::copy_from_slice(body));
        }
        let compressed = compressor.compress(body)?;
        if self.is_compressed.is_none() {
            let (share, of) = KEPT_SHARE;
            let pays = compressed.len() * of < body.len() * share;
            self.is_compressed = Some(pays);
            if !pays {
                return Ok(Bytes::copy_from_slice(body));
            }
        }
        Ok(Bytes::copy_from_slice(compressed))
    }

    /// Lays out the column: the dictionary first, then the data pages.
    pub(crate) fn finish(
        mut self,
        compressor: &mut PageCompressor,
        column: &ColumnDescPtr,
        dictionary: Option<(Vec<u8>, usize)>,
        statistics: Option<Statistics>,
    ) -> Result<(Bytes, ColumnCloseResult), SinkError> {
        let failed = SinkError::parquet("lay out a column");
        let mut sink = TrackedWrite::new(Vec::with_capacity(self.bytes + 4_096));
        let mut layout = Layout::default();
        // A column whose first page did not compress has no other codec for its dictionary.
        let dictionary = dictionary.filter(|_| self.uses_dictionary());
        {
            let mut writer = SerializedPageWriter::new(&mut sink);
            if let Some((body, values)) = dictionary {
                let page = Page::DictionaryPage {
                    buf: self.compress(compressor, &body)?,
                    num_values: count(values)?,
                    encoding: Encoding::PLAIN,
                    is_sorted: false,
                };
                let page = CompressedPage::new(page, body.len());
                layout.put(&mut writer, page).map_err(&failed)?;
            }
            for page in self.pages {
                layout.put(&mut writer, page).map_err(&failed)?;
            }
        }
        let bytes = sink.into_inner().map_err(&failed)?;
        let codec = if self.is_compressed == Some(true) {
            Compression::ZSTD(compressor.level)
        } else {
            Compression::UNCOMPRESSED
        };
        let mut metadata = ColumnChunkMetaData::builder(Arc::clone(column))
            .set_compression(codec)
            .set_encodings(layout.encodings())
            .set_page_encoding_stats(layout.pages)
            .set_num_values(signed(self.values)?)
            .set_total_compressed_size(signed(layout.compressed)?)
            .set_total_uncompressed_size(signed(layout.uncompressed)?)
            .set_data_page_offset(layout.data_offset.unwrap_or(0))
            .set_dictionary_page_offset(layout.dictionary_offset);
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows as u64,
            metadata: metadata.build().map_err(failed)?,
            bloom_filter: None,
            column_index: None,
            offset_index: None,
        };
        Ok((Bytes::from(bytes), close))
    }

    fn uses_dictionary(&self) -> bool {
        let mut pages = self.pages.iter();
        pages.any(|page| page.encoding() == Encoding::RLE_DICTIONARY)
    }
}

/// Where the pages of a column come to lie.
#[derive(Debug, Default)]
struct Layout {
    dictionary_offset: Option<i64>,
    data_offset: Option<i64>,
    compressed: usize,
    uncompressed: usize,
    pages: Vec<PageEncodingStats>,
}

impl Layout {
    fn put(
        &mut self,
        writer: &mut dyn PageWriter,
        page: CompressedPage,
    ) -> Result<(), ParquetError> {
        let encoding = page.encoding();
        let spec = writer.write_page(page)?;
        let offset =
            i64::try_from(spec.offset).map_err(|error| ParquetError::External(error.into()))?;
        let first = if spec.page_type == PageType::DICTIONARY_PAGE {
            &mut self.dictionary_offset
        } else {
            &mut self.data_offset
        };
        first.get_or_insert(offset);
        self.compressed += spec.compressed_size;
        self.uncompressed += spec.uncompressed_size;
        let known = self
            .pages
            .iter_mut()
            .find(|known| known.page_type == spec.page_type && known.encoding == encoding);
        match known {
            Some(known) => known.count += 1,
            None => self.pages.push(PageEncodingStats {
                page_type: spec.page_type,
                encoding,
                count: 1,
            }),
        }
        Ok(())
    }

    fn encodings(&self) -> Vec<Encoding> {
        let mut encodings = vec![Encoding::RLE];
        for page in &self.pages {
            if !encodings.contains(&page.encoding) {
                encodings.push(page.encoding);
            }
        }
        encodings
    }
}

fn count(values: usize) -> Result<u32, SinkError> {
    u32::try_from(values).map_err(too_large)
}

fn signed(size: usize) -> Result<i64, SinkError> {
    i64::try_from(size).map_err(too_large)
}

fn too_large(error: std::num::TryFromIntError) -> SinkError {
    SinkError::parquet("lay out a column")(ParquetError::External(error.into()))
}
