# frozen_string_literal: true

# Real libraries at work:  ruby bench/workloads.rb [--profile] [NAME...]
#
# Each is run plain, under an empty hook on all code, with everything of its own recorded (its gems
# and Ruby's library included), and with its driver's file alone: once, and so often that the work
# takes three seconds, plain, see below. Wall time of the whole command; medians of the ratios in a
# round. What is not installed is left out and named (script/setup.sh workloads). --profile: where
# instructions of the slowest one go, and of that in the middle (needs valgrind). BENCH_ROUNDS: how
# often (7).
require "json"
require "rbconfig"
require "tmpdir"
require_relative "bound"
require_relative "workload_profile"
require_relative "yardstick"

module Bench
  class Workloads
    include Yardstick

    COMMAND = File.join(Trial::ROOT, "exe", "codetracer-ruby-recorder").freeze
    # By name: what it requires.
    LIBRARIES = {
      "kramdown" => "kramdown", "rouge" => "rouge", "liquid" => "liquid",
      "mustache" => "mustache", "asciidoctor" => "asciidoctor", "sinatra" => "sinatra/base",
      "active_record" => "active_record sqlite3", "rails" => "action_controller/railtie",
      "rspec" => "rspec/core", "minitest" => "minitest"
    }.freeze
    ALL = LIBRARIES.keys.freeze
    EVERYTHING = %w[--only /**].freeze
    MEDIAN_MAX = 2.5
    WORST_MAX = 8
    OWN_FILE_MAX = 1.05

    def self.path(name)
      File.join(__dir__, "workloads", "#{name}.rb")
    end

    def initialize(names, round_count:, is_profiled:)
      unknown = names - ALL
      abort "bench: no workload is called #{unknown.join(' or ')}" unless unknown.empty?
      @names = names.empty? ? ALL : names
      @round_count = round_count
      @is_profiled = is_profiled
    end

    def run
      here, absent = @names.partition { |name| libraries?(LIBRARIES[name]) }
      puts "not installed: #{absent.join(', ')}" unless absent.empty?
      return if here.empty?

      rounds = measure(here)
      puts format(ROW, "", "plain s", "x hook", "x all", "all/hook", "x own file", "less start",
                  "x own, 3 s", "steps", "B/step")
      ratios = here.to_h { |name| [name, row(name, rounds[name])] }
      report(ratios)
      puts Pace.shared.text
      profile(ratios) if @is_profiled
    end

    private

    ROW = "%-14s %8s %7s %7s %9s %11s %11s %11s %9s %7s"
    # Once is mostly start, which start.rb has a bound for, and the loading of gems: the bound of
    # the driver's file is that of the long work. 60 ms of start, which are allowed, would be all of
    # the 5 % of one second; of three they are 2 %. That does not always do the same again (orders
    # that are there already), but plain and recorded do it alike.
    LONG_SECONDS = 3
    TIMES = "WORKLOAD_TIMES"
    EMPTY = File.join(__dir__, "programs", "empty.rb").freeze
    private_constant :ROW, :EMPTY, :LONG_SECONDS, :TIMES

    def libraries?(names)
      system(RbConfig.ruby, "-e", "ARGV.each { |name| require name }", *names.split,
             out: File::NULL, err: File::NULL)
    end

    # All of them once in each round: a busy spell of the machine falls on few rounds of each. Each
    # round starts with another kind, so that none always runs on a warmer machine.
    def measure(names)
      @times = names.to_h { |name| [name, long_times(Workloads.path(name))] }
      all = Array.new(@round_count) { |turn| names.to_h { |name| [name, round(name, turn)] } }
      names.to_h { |name| [name, all.map { |rounds| rounds[name] }] }
    end

    # How often the work is to be done to take LONG_SECONDS, plain. The first time takes longest.
    def long_times(driver)
      times = 1
      while (spent = work_seconds(driver, times)) < LONG_SECONDS
        times = (times * (LONG_SECONDS / spent).clamp(1.2, 8)).ceil
      end
      times
    end

    def work_seconds(driver, times)
      Dir.mktmpdir("bench-") do |folder|
        path = File.join(folder, "result.json")
        system({ "BENCH_RESULT" => path, TIMES => times.to_s }, RbConfig.ruby, driver,
               out: File::NULL, err: File::NULL, exception: true)
        JSON.parse(File.read(path)).fetch("wall")
      end
    end

    # Times plain: with everything, with its own file, that when the work is long.
    def row(name, rounds)
      rounds.each { |it| it[:work] = it[:own] - it[:start] }
      hook, all, own, work = %i[hook all own work].map { |kind| ratio(rounds, kind, :plain) }
      long = ratio(rounds, :long_own, :long_plain)
      steps, bytes = rounds.last[:size]
      shown = [hook, all, ratio(rounds, :all, :hook), own, work, long].map do |it|
        format("%.2f", it)
      end
      puts format(ROW, name, format("%.3f", median(rounds.map { |it| it[:plain] })), *shown,
                  steps, format("%.1f", bytes.fdiv(steps)))
      [all, own, long]
    end

    def ratio(rounds, kind, other)
      median(rounds.map { |it| it[kind] / it[other] })
    end

    # Seconds by kind, and the size of the trace of everything. `start` is what recording adds to an
    # empty program, which start.rb measures; the loading of the gems is in all others.
    def round(name, turn)
      driver = Workloads.path(name)
      times = @times[name]
      Dir.mktmpdir("bench-") do |folder|
        own = ["--only", driver, driver]
        measures = { plain: -> { plain(driver) },
                     hook: -> { plain("-r", EmptyHookBuild.require_library, driver) },
                     start: -> { recorded(folder, "start", EMPTY) - plain(EMPTY) },
                     all: -> { recorded(folder, "all", *EVERYTHING, driver) },
                     own: -> { recorded(folder, "own", *own) },
                     long_plain: -> { plain(driver, times: times) },
                     long_own: -> { recorded(folder, "long", *own, times: times) } }
        measures.to_a.rotate(turn).to_h { |kind, measure| [kind, measure.call] }
                .merge(size: size(File.join(folder, "all")))
      end
    end

    # `times`: how often the work is done.
    def plain(*words, times: 1)
      silent_seconds(times, RbConfig.ruby, *words)
    end

    # In a trace of that name.
    def recorded(folder, name, *words, times: 1)
      silent_seconds(times, COMMAND, "--quiet", "-o", File.join(folder, name), *words)
    end

    def silent_seconds(times, *words)
      seconds({ TIMES => times.to_s }, *words, out: File::NULL, err: File::NULL, exception: true)
    end

    def size(folder)
      [step_count(folder), File.size(File.join(folder, "trace.ct"))]
    end

    def report(ratios)
      all, own, long = ratios.values.transpose
      print Bound.line("everything recorded, times plain, median", median(all), MEDIAN_MAX)
      print Bound.line("the same, worst", all.max, WORST_MAX)
      puts format("the driver's own file, times plain, median: %.2f, with the start, see start.rb",
                  median(own))
      print Bound.line("the same, three seconds of work", median(long), OWN_FILE_MAX)
    end

    def profile(ratios)
      sorted = ratios.keys.sort_by { |name| ratios[name].first }
      [sorted.last, sorted[sorted.size / 2]].uniq.each { |name| puts WorkloadProfile.text(name) }
    end
  end
end

if $PROGRAM_NAME == __FILE__
  Bench::Workloads.new(ARGV - ["--profile"], is_profiled: ARGV.include?("--profile"),
                       round_count: Integer(ENV.fetch("BENCH_ROUNDS", "7"))).run
end
