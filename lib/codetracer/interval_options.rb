# frozen_string_literal: true

# When recording is on: --from, --until, --after, --on-exception, --sample, --toggle-signal.
#
# Part of RecordingOptions. What opens an interval makes the recording wait for it; a place is
# FILE:LINE or a method as it is called in a trace.
require_relative "usage_error"

module CodeTracer
  class IntervalOptions
    LINE = /\A(.+):(\d+)\z/m.freeze
    CLASS = /[[:upper:]][[:word:]]*(?:::[[:upper:]][[:word:]]*)*/.freeze
    NAME = %r{[[:alpha:]_][[:word:]]*[?!=]?|[-+*/%<>=!~^&|\[\]`@]{1,3}}.freeze
    METHOD = /\A(?:(#{CLASS})([#.]))?(#{NAME})\z/.freeze
    SAMPLE = /\A1\/(\d{1,9})\z/.freeze
    SECONDS = /\A\d{1,9}(\.\d{1,9})?s?\z/.freeze

    def initialize
      @from, @until = [], []
      @exceptions = []
      @after = @sample = @signal = nil
    end

    def add_from(text)
      @from << place(text, "--from")
    end

    def add_until(text)
      @until << place(text, "--until")
    end

    def after=(text)
      raise UsageError, "--after: #{text} (2s, 0.5s)?" unless SECONDS.match?(text)

      @after = text.to_f
    end

    def sample=(text)
      count = text[SAMPLE, 1].to_i
      raise UsageError, "--sample: #{text} (1/100 for example)?" unless count.positive?

      @sample = count
    end

    def signal=(name)
      number = Signal.list[name.delete_prefix("SIG")]
      raise UsageError, "--toggle-signal: #{name}? USR1 for example" unless number&.positive?

      @signal = name.delete_prefix("SIG")
    end

    # Classes whose exceptions open one.
    def exceptions=(names)
      @exceptions = names
    end

    def check
      raise UsageError, "--sample needs --from with a method" if
        @sample && @from.none? { |place| place[:method] }
      raise UsageError, "--from and --until need CRuby" if
        RUBY_ENGINE != "ruby" && !(@from + @until).empty?
    end

    # What Triggers is told; nil: there is no interval.
    def to_h
      told = { from: @from, until: @until, after: @after, exceptions: @exceptions,
               sample: @sample || 1, signal: @signal }
      told if opening? || !@until.empty?
    end

    private

    def opening?
      !@from.empty? || !@exceptions.empty? || !@after.nil? || !@signal.nil?
    end

    def place(text, flag)
      file, line = LINE.match(text)&.captures
      return { text: text, file: file, line: line.to_i } if line && line.to_i.positive?

      owner, mark, name = METHOD.match(text)&.captures
      raise UsageError, "#{flag}: #{text} (Order#pay, Order.find, pay or FILE:LINE)?" unless name

      { text: text, owner: owner || "Object", is_singleton: mark == ".", method: name.to_sym }
    end
  end
end
