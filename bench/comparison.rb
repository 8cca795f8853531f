# frozen_string_literal: true

# Measures one program against plain Ruby and the empty hook, in interleaved rounds.
#
# Used by run.rb, which goes through all programs once in each round: what else the machine does for
# a while falls on few rounds of each. Ratios are taken within a round, where the machine was the
# same, and only then is the median taken.
require_relative "yardstick"

module Bench
  class Comparison
    KIB_PER_MIB = 1024.0

    attr_reader :program

    def initialize(program)
      @program = program
      @rounds = []
    end

    # Each round starts with another kind, so that none always runs on a warmer machine.
    def run_round
      @rounds << Trial::KINDS.rotate(@rounds.size).to_h { |kind| [kind, measure(kind)] }
      check_lines if @rounds.size == 1
    end

    # All figures of the rounds so far, as a Hash that is printed or written as JSON.
    def figures
      { name: @program.name, about: @program.about, line_count: line_count, **line_figures,
        **ratios, **usage, **trace_figures }
    end

    private

    def measure(kind)
      trial = Trial.new(@program.path, @program.arguments, kind, @program.options || [])
      trial.run { |folder| @step_count ||= Yardstick.step_count(folder) if kind == :recorded }
    end

    # A figure per line is worth nothing where the lines are not what the program says.
    def check_lines
      counted = @rounds.first[:hook][:section][:counted]
      return if counted == line_count

      raise "#{@program.name} makes #{counted} line events, not #{line_count}"
    end

    def line_count
      @rounds.first[:plain][:section][:line_count]
    end

    # Nanoseconds of the section per line; "added" is what recording adds to plain Ruby.
    def line_figures
      floor, added = added_to_plain(:wall_ns)
      cpu_floor, cpu_added = added_to_plain(:cpu_ns)
      { plain_ns: line_median(:plain, :wall_ns), hook_ns: line_median(:hook, :wall_ns),
        recorded_ns: line_median(:recorded, :wall_ns),
        recorded_cpu_ns: line_median(:recorded, :cpu_ns), hook_added_ns: floor.round(1),
        added_ns: added.round(1), pair_ns: pair_ns(added),
        hook_added_cpu_ns: cpu_floor.round(1), added_cpu_ns: cpu_added.round(1),
        pair_cpu_ns: pair_ns(cpu_added) }
    end

    # By the empty hook, by recording.
    def added_to_plain(clock)
      %i[hook recorded].map do |kind|
        median { |it| per_line(it, kind, clock) - per_line(it, :plain, clock) }
      end
    end

    # What recording adds to a call with its return, the lines of both sides included.
    def pair_ns(added)
      pairs = @rounds.first[:plain][:section][:pair_count]
      pairs.zero? ? nil : (added * line_count / pairs).round(1)
    end

    def per_line(round, kind, clock)
      round[kind][:section][clock].fdiv(line_count)
    end

    def line_median(kind, clock)
      median { |round| per_line(round, kind, clock) }.round(1)
    end

    def ratios
      section = ->(round, kind) { round[kind][:section][:wall_ns].to_f }
      { ratio_plain: median { |it| section[it, :recorded] / section[it, :plain] }.round(2),
        ratio_hook: median { |it| section[it, :recorded] / section[it, :hook] }.round(2),
        ratio_end: median { |it| it[:recorded][:wall] / it[:plain][:wall] }.round(2) }
    end

    def usage
      peak = median { |it| difference(it, :peak_kib) } / KIB_PER_MIB
      own = median { |it| difference(it, :own_kib) } / KIB_PER_MIB
      { plain_s: median { |it| it[:plain][:wall] }.round(3),
        recorded_s: median { |it| it[:recorded][:wall] }.round(3),
        program_cpu_s: median { |it| it[:recorded][:cpu] }.round(3),
        writer_cpu_s: median { |it| it[:recorded][:writer_cpu] }.round(3),
        peak_mib: peak.round(1), own_mib: own.round(1),
        writer_mib: (median { |it| it[:recorded][:writer_kib] } / KIB_PER_MIB).round(1) }
    end

    def difference(round, field)
      round[:recorded][:section][field] - round[:plain][:section][field]
    end

    def trace_figures
      bytes = median { |round| round[:recorded][:trace_bytes] }
      { step_count: @step_count, trace_bytes: bytes.round,
        step_bytes: @step_count && bytes.fdiv(@step_count).round(2) }
    end

    def median(&block)
      Yardstick.median(@rounds.map(&block))
    end
  end
end
