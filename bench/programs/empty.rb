# frozen_string_literal: true

# Nothing: what the start and the end of a recording cost.
#
# One line event.
require_relative "../measure"

Measure.section(line_count: 1) { nil }
