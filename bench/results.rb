# frozen_string_literal: true

# Writes RESULTS.md, wholly anew: machine, figures, and for each part the command that makes it; on
# another Ruby than Debian 12's, RESULTS-3.4.md or the like, which is made in that Ruby's chroot, as
# `make bench` also installs what it needs there:  test/rubies/chroot.sh 3.4 make WERROR= bench
#
# Used by run.rb --results, and --part for recording; by itself it makes the other parts anew, by
# words of their titles, and says on what machine:  ruby bench/results.rb libraries. Nothing in
# these files is written by hand.
require "open3"
require "rbconfig"
require_relative "machine"
require_relative "report"
require_relative "targets"

module Bench
  module Results
    RUBY = RbConfig::CONFIG.values_at("MAJOR", "MINOR").join(".").freeze
    USUAL_RUBY = "3.1"
    NAME = RUBY == USUAL_RUBY ? "RESULTS.md" : "RESULTS-#{RUBY}.md"
    PATH = File.join(__dir__, NAME).freeze
    OTHER_PARTS = {
      "Start and end" => "start.rb", "Growth" => "linear.rb --long",
      "Reading a trace" => "reading.rb", "Real libraries" => "workloads.rb --profile",
      "YJIT" => "yjit.rb"
    }.freeze

    module_function

    # `is_whole` false: of recording alone; the other parts stay as they are.
    def write(figures, round_count:, load_before:, is_whole:)
      parts = is_whole ? OTHER_PARTS.map { |title, script| part(title, script) }.join : kept_parts
      text = targets(figures) + comparison(figures) + parts + profiles(figures)
      whole = head(round_count, load_before) + missed(text) + text
      File.write(PATH, "#{whole.rstrip}\n")
    end

    def kept_parts
      first = OTHER_PARTS.keys.first
      "#{File.read(PATH)[/^## #{first}\n.*?(?=^## Where it goes|\z)/m].rstrip}\n\n"
    end

    # One of the other parts alone.
    def renew(title)
      text = File.read(PATH).sub(/^## What misses.*?(?=^## )|^All bounds are met\.\n\n/m, "")
      made = part(title, OTHER_PARTS.fetch(title), "Made by itself on #{machine_words}.\n\n")
      text = "#{text}\n".sub(/^## #{title}\n.*?(?=^## |\z)/m) { made }
      text = text.sub(/^(?=## )/) { missed(text) }
      File.write(PATH, "#{text.rstrip}\n")
    end

    def machine_words
      Machine.description.reject { |label, _| label.include?("compiler") }.values.join(", ")
    end

    def head(round_count, load_before)
      machine = Machine.description.map { |label, value| "- #{label}: #{value}\n" }.join
      <<~MARKDOWN
        # What recording costs

        Written by `make bench`; run it to replace every figure. Read them as ratios: nanoseconds
        are this machine's. Medians of #{round_count} rounds, in each of which plain Ruby, the empty
        hook and the recorder take turns: #{Pace.shared.text} (bench/pace.rb says what quiet is).
        Load average before and after: #{load_before} and #{Machine.load_average}.

        #{machine}
      MARKDOWN
    end

    # Gathered from all parts.
    def missed(text)
      lines = text.lines.grep(/ #{Bound::MISSED}/)
      return "All bounds are met.\n\n" if lines.empty?

      "## What misses its bound\n\n#{lines.map { |line| "- #{line}" }.join}\n"
    end

    def targets(figures)
      "## Bounds of recording\n\n```\n#{Targets.text(figures)}```\n\n"
    end

    # Where the instructions go of what misses its bound.
    def profiles(figures)
      names = Targets.missed(figures)
      names.empty? ? "" : part("Where it goes", "profile.rb #{names.join(' ')}")
    end

    def comparison(figures)
      <<~MARKDOWN
        ## Recording

        Command: `ruby bench/run.rb`, or `ruby bench/run.rb NAME` for one row.

        #{Report.new(figures).markdown}
        #{Report::LEGEND}
      MARKDOWN
    end

    def part(title, script, words = "")
      text, status = Open3.capture2e(RbConfig.ruby, *script.split, chdir: __dir__)
      text = "failed (#{status.exitstatus}): #{text}" unless status.success?
      "## #{title}\n\n#{words}Command: `ruby bench/#{script}`\n\n```\n#{text.chomp}\n```\n\n"
    end
    private_class_method :head, :missed, :targets, :profiles, :comparison, :part, :machine_words,
                         :kept_parts
  end
end

if $PROGRAM_NAME == __FILE__
  abort "bench: which part? #{Bench::Results::OTHER_PARTS.keys.join(', ')}" if ARGV.empty?
  titles = ARGV.map do |word|
    Bench::Results::OTHER_PARTS.keys.find { |it| it.include?(word) } ||
      abort("bench: no part has #{word} in its title")
  end
  titles.each { |title| Bench::Results.renew(title) }
end
