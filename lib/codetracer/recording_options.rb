# frozen_string_literal: true

# What the command line and the environment say about one recording.
#
# Made by CLI, read by Launcher. The flags are parsed by hand: `require "optparse"` would add 8 ms
# to every recording's start; what few recordings need is required with its flag. Options end at the
# first word that is none, so a program's own flags are never taken for ours; behind `--` come
# Ruby's switches.
require_relative "call_options"
require_relative "filter_options"
require_relative "option_values"
require_relative "policy_options"
require_relative "usage_error"

module CodeTracer
  class RecordingOptions
    include CallOptions
    include OptionValues
    include PolicyOptions

    RECORDERS = %w[native pure].freeze
    PROFILES = { "native" => %w[aug26 json], "pure" => %w[json] }.freeze # the first is the default
    VALUE_LIMITS = {
      depth: { default: 3, range: 0..14 }, # a snapshot has 16 levels, two are its own
      items: { default: 20, range: 0..10_000 },
      bytes: { default: 200, range: 0..1_048_576 },
      nodes: { default: 64, range: 1..10_000 }
    }.freeze
    SPOOL_BYTES_DEFAULT = 32 << 20
    SPOOL_BYTES_RANGE = ((1 << 20)..(1 << 30)).freeze
    IO_BITS = { "stdout" => 1, "stderr" => 2, "stdin" => 4, "processes" => 8, "files" => 16,
                "default" => 15, "none" => 0 }.freeze # as enum rec_io of recorder.h

    FLAGS = {
      "-o" => :out_dir, "--out-dir" => :out_dir, "--profile" => :profile,
      "--max-value" => :max_value, "--spool-size" => :spool_size, "--recorder" => :recorder,
      "--io" => :io, "--max-steps" => :max_steps, "--max-size" => :max_size,
      "--max-seconds" => :max_seconds, "--on-error" => :on_error, "--c-calls" => :c_calls,
      "--depth" => :depth, "--flight-recorder" => :flight_recorder,
      "--on-exception" => :on_exception, "--dump-signal" => :dump_signal,
      "--serialize" => :serialize, "--watch" => :watch, "--from" => :from, "--until" => :until,
      "--after" => :after, "--sample" => :sample, "--toggle-signal" => :toggle_signal
    }.freeze
    SWITCHES = {
      "--exit-zero" => :exit_zero, "--quiet" => :quiet,
      "--block-frames" => :block_frames,
      "--border-calls" => :border_calls, "--c-calls" => :c_calls,
      "--expressions" => :expressions, "--instructions" => :instructions,
      "--toggle-signal" => :toggle_signal,
      "--no-children" => :no_children, "--follow" => :follow, "--require-trace" => :require_trace,
      FilterOptions::AUTOMATIC_OFF => :no_auto_filter,
      "-h" => :help, "--help" => :help, "-V" => :version, "--version" => :version
    }.freeze
    # What the launcher has to know before there is a Ruby for the program: see ext/command.
    NOT_FOR_WAITING = %w[--exit-zero --follow -h --help -V --version].freeze
    NOT_KEPT = %w[-o --out-dir --on-error --exit-zero --quiet --follow --require-trace].freeze
    REFUSED = /\A(--format(=.*)?|-f.*)\z/m.freeze

    # `recorder` is "native", "pure", or nil: native where it can be had.
    attr_reader :out_dir, :recorder, :value_limits, :spool_bytes, :io, :command, :raw_command
    attr_reader :filters # a FilterOptions
    attr_reader :kept_words # the flags that a program which is followed gets, too
    attr_reader :serializers # as SerializedClass has them
    attr_reader :watched # words, see WatchList

    # `words` are the command's arguments, `environment` is ENV or a Hash. Raises UsageError.
    def initialize(words, environment:, recorder: nil)
      @words = words.dup
      @recorder = recorder
      @profile = nil
      @value_limits = VALUE_LIMITS.transform_values { |limit| limit[:default] }
      @spool_bytes = SPOOL_BYTES_DEFAULT
      @io = IO_BITS["default"]
      @calls = {}
      @switched = {}
      @policy = {}
      @flight = @interval_options = nil
      @serializers, @watched = [], []
      @kept_words = recorder ? ["--recorder=#{recorder}"] : []
      @filters = FilterOptions.new(environment)
      read_environment(environment)
      read_words
      @filters.is_automatic = !@switched.key?(:no_auto_filter)
      check_profile
      @flight&.check(@policy.keys)
      check_intervals
      check_expressions(@recorder)
    end

    # What to write with the recorder that was found. Raises UsageError.
    def profile_for(recorder)
      check_expressions(recorder)
      profiles = PROFILES.fetch(recorder)
      return profiles.first if @profile.nil?
      return @profile if profiles.include?(@profile)

      raise UsageError, "the #{recorder} recorder cannot write profile #{@profile}"
    end

    # What a flight recorder keeps, and when it writes: keys of CodeTracer::Native.start.
    def flight_for(recorder)
      return {} unless @flight&.on?
      return @flight.to_h if recorder == "native"

      raise UsageError, "--flight-recorder needs the native recorder, this is the #{recorder} one"
    end

    # What of input and output is recorded.
    def io_words
      IO_BITS.keys.take(5).select { |word| @io & IO_BITS[word] != 0 }
    end

    def help?
      @switched.key?(:help)
    end

    def version?
      @switched.key?(:version)
    end

    def quiet?
      @switched.key?(:quiet)
    end

    # Whether forked children of the program are recorded.
    def children?
      !@switched.key?(:no_children)
    end

    # Whether Rubies that the program starts are recorded.
    def follow?
      @switched.key?(:follow)
    end

    def exit_zero?
      @switched.key?(:exit_zero)
    end

    def disabled?
      @disabled
    end

    def debug?
      @debug
    end

    private

    def read_environment(environment)
      folder = environment["CODETRACER_RUBY_RECORDER_OUT_DIR"].to_s
      @out_dir = folder.empty? ? "." : folder
      backend = environment["CODETRACER_RUBY_RECORDER_BACKEND"].to_s
      read_recorder(backend) unless backend.empty? || @recorder
      @disabled = truthy?(environment["CODETRACER_RUBY_RECORDER_DISABLED"])
      @debug = truthy?(environment["CODETRACER_RUBY_TRACER_DEBUG"])
      @switched[:exit_zero] = true if truthy?(environment["CODETRACER_RUBY_RECORDER_EXIT_ZERO"])
    end

    def truthy?(text)
      %w[1 true].include?(text.to_s.downcase)
    end

    # Leaves the program with its arguments in `command`, or, behind `--`, what goes to Ruby as it
    # stands in `raw_command`.
    def read_words
      while (word = @words.first)
        return @raw_command = @words.drop(1) if word == "--"
        break if word == "-" || !word.start_with?("-")

        read_option(@words.shift)
        return if help? || version?
      end
      @command = @words
    end

    def read_option(word)
      raise UsageError, refusal(word) if REFUSED.match?(word)
      return read_switch(word) if SWITCHES.key?(word)

      name, value = split_option(word)
      is_filter = FilterOptions::FLAGS.include?(name)
      raise UsageError, "unknown option #{word}" unless is_filter || FLAGS.key?(name)

      value ||= @words.shift
      raise UsageError, "#{name} needs a value" if value.nil? || value.empty?

      @kept_words.push(name, value) unless NOT_KEPT.include?(name)
      is_filter ? @filters.add(name, value) : send("read_#{FLAGS[name]}", value)
    end

    def read_switch(word)
      @kept_words << word unless NOT_KEPT.include?(word)
      @switched[SWITCHES[word]] = true
    end

    def refusal(word)
      "#{word[/\A(--format|-f)/]} does not exist: a recording is converted with `ct print`"
    end

    # "--name=value" → both; "-oDIR" → both; else the word alone.
    def split_option(word)
      return word.split("=", 2) if word.start_with?("--")

      [word[0, 2], word.size > 2 ? word[2..-1] : nil]
    end

    def read_out_dir(folder)
      @out_dir = folder
    end

    def read_profile(name)
      names = PROFILES.values.flatten.uniq
      return @profile = name if names.include?(name)

      raise UsageError, "unknown profile #{name} (there are: #{names.join(', ')})"
    end

    def read_recorder(name)
      return @recorder = name if RECORDERS.include?(name)

      raise UsageError, "unknown recorder #{name} (there are: #{RECORDERS.join(', ')})"
    end

    def check_profile
      profile_for(@recorder) if @recorder
    end

    def read_max_value(text)
      text.split(",").each do |item|
        name, number = item.split("=", 2)
        limit = VALUE_LIMITS[name.to_s.to_sym]
        raise UsageError, "--max-value: #{item} (#{VALUE_LIMITS.keys.join(', ')})?" unless limit

        @value_limits[name.to_sym] = bounded(number, limit[:range], option: "--max-value #{name}")
      end
    end

    def read_io(text)
      words = text.split(",")
      unknown = words.find { |word| !IO_BITS.key?(word) }
      raise UsageError, "--io: #{unknown} (there are: #{IO_BITS.keys.join(', ')})" if unknown

      @io = words.map { |word| IO_BITS[word] }.reduce(0, :|)
    end

    def read_serialize(text)
      require_relative "serialized_class"
      serializer = SerializedClass.parse(text)
      raise UsageError, "--serialize: #{text} (Class=@hash or Class=[@one,@two])?" unless serializer

      @serializers << serializer
    end

    def read_watch(text)
      require_relative "watch_list"
      words, fault = WatchList.parse(text)
      raise UsageError, "--watch: #{fault}" if fault

      @watched |= words
    end

    def read_spool_size(text)
      @spool_bytes = size(text, "--spool-size")
      return if SPOOL_BYTES_RANGE.cover?(@spool_bytes)

      raise UsageError, "--spool-size: from 1M to 1G"
    end

    def flight
      require_relative "flight_options"
      @flight ||= FlightOptions.new
    end

    def read_flight_recorder(text)
      text.split(",").each { |item| flight.keep(item) }
    end

    def read_on_exception(text)
      flight.add_exceptions(text)
    end

    def read_dump_signal(name)
      flight.signal = name
    end
  end
end
