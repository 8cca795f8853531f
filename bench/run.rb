# frozen_string_literal: true

# What recording costs:  ruby bench/run.rb [--json] [--results|--part] [NAME...]
#
# Runs the programs of the catalogue, or those whose name contains a NAME, and prints the figures.
# --results also writes RESULTS.md, with bounds and the parts that results.rb lists; --part writes
# what it has of recording anew, and leaves those parts as they are. BENCH_ROUNDS: how often (5);
# BENCH_RECORDER: the src/native_trace.rb of another checkout. Everything has to be built before.
require "json"
require_relative "catalogue"
require_relative "comparison"
require_relative "machine"
require_relative "report"
require_relative "results"

module Bench
  class Run
    ROUNDS_DEFAULT = "5"
    OPTIONS = %w[--json --results --part].freeze

    def initialize(words)
      @options, names = words.partition { |word| word.start_with?("--") }
      unknown = @options - OPTIONS
      abort "bench: no such option: #{unknown.first}" unless unknown.empty?
      @programs = choose(names)
      @round_count = Integer(ENV.fetch("BENCH_ROUNDS", ROUNDS_DEFAULT))
    end

    def run
      load_before = Machine.load_average
      figures = measure
      @options.include?("--json") ? print_json(figures) : print_text(figures)
      is_whole = @options.include?("--results")
      return unless is_whole || @options.include?("--part")

      Results.write(figures, round_count: @round_count, load_before: load_before,
                             is_whole: is_whole)
    end

    private

    def choose(names)
      return CATALOGUE if names.empty?

      chosen = CATALOGUE.select { |program| names.any? { |name| program.name.include?(name) } }
      abort "bench: no program is called #{names.join(' or ')}" if chosen.empty?
      chosen
    end

    def measure
      comparisons = @programs.map { |program| Comparison.new(program) }
      @round_count.times do |round|
        $stderr.puts("bench: round #{round + 1} of #{@round_count}")
        comparisons.each(&:run_round)
      end
      comparisons.map(&:figures)
    end

    def print_json(figures)
      puts JSON.pretty_generate(machine: Machine.description, rounds: @round_count,
                                figures: figures)
    end

    def print_text(figures)
      puts Machine.description.map { |label, value| "#{label}: #{value}" }
      puts "load average: #{Machine.load_average}", ""
      puts Report.new(figures).text, "", Report::LEGEND, Pace.shared.text
    end
  end
end

Bench::Run.new(ARGV).run
