# frozen_string_literal: true

# --flight-recorder and what goes with it: how much of what is newest is kept, and when it is
# written though the program goes on.
#
# Part of RecordingOptions. Without a limit in bytes one of its own keeps memory within bounds.
require_relative "usage_error"

module CodeTracer
  class FlightOptions
    SIZE_DEFAULT = 256 << 20
    SIZE_RANGE = ((1 << 20)..(1 << 40)).freeze
    COUNT_MAX = 1 << 32
    FACTORS = { "" => 1, "k" => 1000, "K" => 1000, "M" => 1_000_000, "G" => 1_000_000_000 }.freeze
    FORMS = {
      /\A(\d+)(Ki?|Mi?|Gi?)(?:B)?\z/ => :keep_bytes,
      /\A(\d+) ?s\z/ => :keep_seconds,
      /\A(\d+) ?([kKMG]?) ?steps\z/ => :keep_steps
    }.freeze
    UNITS = { "K" => 1 << 10, "M" => 1 << 20, "G" => 1 << 30 }.freeze
    LIMITS = %i[max_steps max_size max_seconds].freeze

    attr_reader :exceptions # names of classes

    def initialize
      @limits = {}
      @exceptions = []
      @signal = nil
    end

    def on?
      !@limits.empty?
    end

    # One of `64MiB`, `30s`, `1M steps`.
    def keep(text)
      form, reader = FORMS.find { |pattern, _| pattern.match?(text) }
      raise UsageError, "--flight-recorder: #{text} (64MiB, 30s or 1M steps)?" unless form

      send(reader, *form.match(text).captures)
    end

    def add_exceptions(text)
      names = text.split(",")
      wrong = names.find { |name| !/\A[[:upper:]]\w*(::[[:upper:]]\w*)*\z/.match?(name) }
      raise UsageError, "--on-exception: #{wrong} is no name of a class" if wrong

      @exceptions.concat(names)
    end

    def signal=(name)
      number = Signal.list[name.delete_prefix("SIG")]
      raise UsageError, "--dump-signal: #{name}? USR2 for example" unless number&.positive?

      @signal = number
    end

    # `others` are the names of the other limits that were given.
    def check(others)
      if on?
        other = (others & LIMITS).first
        return unless other

        raise UsageError, "--flight-recorder keeps what is newest, --#{other.to_s.tr('_', '-')} " \
                          "what is oldest: one of the two"
      end
      raise UsageError, "--dump-signal needs --flight-recorder" if @signal
    end

    def to_h
      { flight_size: @limits[:size] || SIZE_DEFAULT, flight_steps: @limits[:steps],
        flight_seconds: @limits[:seconds], on_exception: @exceptions, dump_signal: @signal }
    end

    private

    def keep_bytes(digits, unit)
      @limits[:size] = digits.to_i * UNITS.fetch(unit[0])
      return if SIZE_RANGE.cover?(@limits[:size])

      raise UsageError, "--flight-recorder: from 1MiB"
    end

    def keep_seconds(digits)
      @limits[:seconds] = count(digits.to_i)
    end

    def keep_steps(digits, unit)
      @limits[:steps] = count(digits.to_i * FACTORS.fetch(unit))
    end

    def count(number)
      return number if number.between?(1, COUNT_MAX)

      raise UsageError, "--flight-recorder: a number from 1 to #{COUNT_MAX}"
    end
  end
end
