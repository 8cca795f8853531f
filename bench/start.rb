# frozen_string_literal: true

# What start and end of a recording cost, by each front door:  ruby bench/start.rb
#
# An empty script, plain and recorded in turns; medians of the differences within a round. The
# command of an installed gem is a file that RubyGems writes: it is imitated here. Each door starts
# a Ruby more than the program's own, the command in C beside it, the others before it; what that
# one takes is told, too.
# BENCH_ROUNDS: how often (15).
require "rbconfig"
require "tmpdir"
require_relative "bound"
require_relative "yardstick"

module Bench
  class Start
    include Yardstick

    MILLISECONDS_MAX = 60
    COMMAND = File.join(Trial::ROOT, "exe", "codetracer-ruby-recorder").freeze
    COMPILED = File.join(Trial::ROOT, "build", "codetracer-ruby-recorder").freeze

    def initialize(round_count:)
      @round_count = round_count
    end

    def run
      Dir.mktmpdir("bench-") do |folder|
        @folder = folder
        File.write(path("empty.rb"), "")
        File.write(path("gem"), "require 'rubygems'\nload #{COMMAND.dump}\n")
        @rounds = Array.new(@round_count) { round }
      end
      report
    end

    private

    def path(name)
      File.join(@folder, name)
    end

    def doors
      { "build/codetracer-ruby-recorder, which make install installs" => [COMPILED],
        "exe/codetracer-ruby-recorder" => [COMMAND],
        "ruby src/native_trace.rb" => [RbConfig.ruby, Trial::RECORDER],
        "the command of an installed gem" => [RbConfig.ruby, path("gem")] }
    end

    # Seconds by door; nil: plain Ruby; :bare: without RubyGems.
    def round
      plain = seconds(RbConfig.ruby, path("empty.rb"), exception: true)
      bare = seconds(RbConfig.ruby, "--disable=gems", path("empty.rb"), exception: true)
      recorded = doors.transform_values do |words|
        seconds(*words, "--quiet", "-o", path("trace"), path("empty.rb"), exception: true)
      end
      { nil => plain, :bare => bare, **recorded }
    end

    def report
      puts format("plain Ruby: %.1f ms", milliseconds(nil))
      puts format("the Ruby that a door starts before the program's: %.1f ms of exe/…, which is " \
                  "without RubyGems, %.1f of those below it", milliseconds(:bare),
                  milliseconds(nil))
      doors.each_key do |door|
        added = median(@rounds.map { |it| it[door] - it[nil] }) * 1000
        print Bound.line("start and end over plain Ruby, #{door}", added, MILLISECONDS_MAX, "ms")
      end
      puts Pace.shared.text
    end

    def milliseconds(key)
      median(@rounds.map { |it| it[key] }) * 1000
    end
  end
end

Bench::Start.new(round_count: Integer(ENV.fetch("BENCH_ROUNDS", "15"))).run
