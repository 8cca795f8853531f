# frozen_string_literal: true

# What YJIT is worth in a program that is recorded:  ruby bench/yjit.rb
#
# The same loop plain, recorded, and not recorded in a program of which another file is, each with
# and without --yjit: once with that file loaded before the loop runs, once when the loop has run
# and been compiled. Medians of the section's wall time and of its ratios to plain Ruby, with and
# without YJIT, within a round. BENCH_ROUNDS: how often (7). Says so where this Ruby has no YJIT.
require "rbconfig"
require_relative "yardstick"

module Bench
  class Yjit
    PROGRAM = File.join(__dir__, "programs", "heavy_work.rb").freeze
    SWITCH = "--yjit"
    SIZE = %w[50000 2317085].freeze # primes up to there; line events
    # title → arguments of the program
    ORDERS = { "loaded before the loop" => SIZE,
               "loaded after it was compiled" => [*SIZE, "warm"] }.freeze
    # title → kind of trial, the recorder's options
    KINDS = { "plain" => [:plain], "recorded" => [:recorded],
              "another file recorded" => [:recorded, %w[--only **/measure.rb]] }.freeze
    CASES = KINDS.keys.product([[], [SWITCH]]).freeze
    MILLISECOND_NS = 1e6
    ROW = "%-30s %8s %8s %15s"

    def self.here?
      system(RbConfig.ruby, SWITCH, "-e", "exit RubyVM::YJIT.enabled?", err: File::NULL)
    end

    def initialize(round_count:)
      @round_count = round_count
    end

    def run
      rounds = Array.new(@round_count) { |turn| round(turn) }
      ORDERS.each_key do |order|
        puts format(ROW, "another file #{order}", "", "", "").rstrip,
             format(ROW, "", "ms", "x plain", "x plain #{SWITCH}")
        CASES.each { |name, switches| puts row(name, switches, rounds.map { |it| it[order] }) }
      end
      puts Pace.shared.text
    end

    private

    # Nanoseconds by order and case. Each round starts with another case, so that none always runs
    # on a warmer machine.
    def round(turn)
      ORDERS.transform_values do |arguments|
        CASES.rotate(turn).to_h { |it| [it, wall_ns(*it, arguments)] }
      end
    end

    def wall_ns(name, switches, arguments)
      kind, options = KINDS[name]
      trial = Trial.new(PROGRAM, arguments, kind, options || [], switches: switches)
      trial.run[:section][:wall_ns]
    end

    def row(name, switches, rounds)
      own = rounds.map { |round| round[[name, switches]] }
      ratios = [[], [SWITCH]].map do |plain|
        Yardstick.median(own.zip(rounds).map { |ns, round| ns.fdiv(round[["plain", plain]]) })
      end
      format(ROW, "  #{[name, *switches].join(', ')}",
             format("%.1f", Yardstick.median(own) / MILLISECOND_NS),
             *ratios.map { |it| format("%.2f", it) })
    end
  end
end

if Bench::Yjit.here?
  Bench::Yjit.new(round_count: Integer(ENV.fetch("BENCH_ROUNDS", "7"))).run
else
  puts "this Ruby was built without YJIT: nothing to lose"
end
