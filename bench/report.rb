# frozen_string_literal: true

# The figures of several comparisons as a table: plain text for a terminal, Markdown for RESULTS.md.
#
# Used by run.rb. COLUMNS is the one place that says which figure is shown under which head.
module Bench
  class Report
    # head => key of Comparison#figures
    COLUMNS = {
      "program" => :name, "lines" => :line_count, "plain ns" => :plain_ns, "hook ns" => :hook_ns,
      "rec ns" => :recorded_ns, "rec cpu ns" => :recorded_cpu_ns, "hook +ns" => :hook_added_ns,
      "rec +ns" => :added_ns, "rec +cpu ns" => :added_cpu_ns, "+ns/call" => :pair_ns,
      "x plain" => :ratio_plain, "x hook" => :ratio_hook, "x end" => :ratio_end,
      "plain s" => :plain_s, "rec s" => :recorded_s, "cpu s" => :program_cpu_s,
      "writer s" => :writer_cpu_s, "+MiB" => :peak_mib, "+MiB own" => :own_mib,
      "writer MiB" => :writer_mib, "steps" => :step_count, "B/step" => :step_bytes
    }.freeze
    PER_LINE = %i[
      plain_ns hook_ns recorded_ns recorded_cpu_ns hook_added_ns added_ns added_cpu_ns
      ratio_plain ratio_hook
    ].freeze
    LINES_MIN = 10_000 # with fewer, a figure per line is the noise of the clock
    NONE = "-"

    LEGEND = <<~TEXT
      lines: line events of the measured section, checked against the empty hook's count.
      plain, hook, rec ns: wall time of the section per line, for plain Ruby, under a C hook that
      only counts, and recorded; waits for a full spool are included. rec cpu ns: CPU time likewise.
      hook +ns, rec +ns, rec +cpu ns: what is added to plain Ruby. +ns/call: the same per call and
      return, the lines on both sides included. x plain, x hook: the section recorded against the
      other two.
      x end: the whole command against plain Ruby, from start until the trace is complete.
      plain s, rec s: the two in seconds. cpu s, writer s: CPU of the program and of the writer.
      +MiB: peak of the program's resident memory over plain Ruby's, what it touched of the spool
      included; +MiB own: without it; writer MiB: the writer's peak, the spool included.
      steps, B/step: steps in the trace, and bytes on disk for each.
      All are medians; ratios and differences are taken between neighbours in time first.
    TEXT

    def initialize(figures)
      @figures = figures
    end

    def text
      rows = [COLUMNS.keys, *@figures.map { |figures| cells(figures) }]
      widths = rows.transpose.map { |column| column.map(&:size).max }
      rows.map { |row| align(row, widths) }.join
    end

    def markdown
      heads = COLUMNS.keys
      rows = [heads, heads.map { |head| head == "program" ? "---" : "---:" },
              *@figures.map { |figures| cells(figures) }]
      rows.map { |row| "| #{row.join(' | ')} |\n" }.join
    end

    private

    def cells(figures)
      COLUMNS.values.map { |key| cell(key, figures) }
    end

    def cell(key, figures)
      return NONE if figures[:line_count] < LINES_MIN && PER_LINE.include?(key)

      figures[key].nil? ? NONE : figures[key].to_s
    end

    def align(row, widths)
      cells = row.each_with_index.map do |cell, index|
        index.zero? ? cell.ljust(widths[index]) : cell.rjust(widths[index])
      end
      "#{cells.join('  ').rstrip}\n"
    end
  end
end
