# frozen_string_literal: true

# The keywords of CodeTracer.start and record, read as the command line reads its flags.
#
# Made by recorder.rb. `out_dir`, `profile` and `recorder` are words, `quiet` and `block_frames`
# true or false, `spool_size` bytes or "64M", `max_value` a Hash such as { depth: 5 } or the flag's
# text, `io` and `watch` lists of words or the flag's text, `only`, `skip` and their like a word or
# a list. The environment means the same as for the command.
require_relative "recording_folder"
require_relative "recording_options"

module CodeTracer
  class SessionOptions
    FLAGS = {
      out_dir: "--out-dir", profile: "--profile", max_value: "--max-value",
      spool_size: "--spool-size", recorder: "--recorder", io: "--io", watch: "--watch",
      flight_recorder: "--flight-recorder", on_exception: "--on-exception",
      dump_signal: "--dump-signal", depth: "--depth", after: "--after", sample: "--sample",
      toggle_signal: "--toggle-signal"
    }.freeze

    # A word each; a pattern may have a comma in it.
    LISTS = {
      only: "--only", skip: "--skip", only_method: "--only-method", skip_method: "--skip-method",
      trace_filter: "--trace-filter", from: "--from", until: "--until"
    }.freeze

    SWITCHES = { quiet: "--quiet", block_frames: "--block-frames",
                 border_calls: "--border-calls", expressions: "--expressions",
                 instructions: "--instructions" }.freeze
    OTHERS = %i[c_calls auto_filter].freeze

    attr_reader :recording_options

    # Raises ArgumentError.
    def initialize(keywords)
      @keywords = keywords.compact
      unknown = @keywords.keys - FLAGS.keys - LISTS.keys - SWITCHES.keys - OTHERS
      raise ArgumentError, "unknown keyword: #{unknown.first.inspect}" unless unknown.empty?

      @recording_options = RecordingOptions.new(words, environment: ENV)
    rescue UsageError => e
      raise ArgumentError, e.message
    end

    # The absolute path of the folder that was asked for in so many words, or nil.
    def folder
      File.absolute_path(out_dir.b, RecordingFolder.current) if @keywords.key?(:out_dir)
    end

    def out_dir
      @recording_options.out_dir
    end

    def recorder
      @recording_options.recorder
    end

    def disabled?
      @recording_options.disabled?
    end

    private

    def words
      flags = FLAGS.select { |name, _| @keywords.key?(name) }
      flags.map { |name, flag| "#{flag}=#{text(@keywords[name])}" } +
        SWITCHES.select { |name, _| @keywords[name] }.values + c_call_words + filter_words
    end

    # In the order of the keywords: of two filter files the later one overrides.
    def filter_words
      lists = @keywords.select { |name, _| LISTS.key?(name) }
      words = lists.flat_map do |name, values|
        (Array === values ? values : [values]).map { |value| "#{LISTS[name]}=#{text(value)}" }
      end
      @keywords[:auto_filter] == false ? words << "--no-auto-filter" : words
    end

    # `c_calls` is true or false, or names of classes.
    def c_call_words
      wanted = @keywords[:c_calls]
      return wanted ? ["--c-calls"] : [] if [true, false, nil].include?(wanted)

      ["--c-calls=#{text(wanted)}"]
    end

    def text(value)
      case value
      when Array then value.join(",")
      when Hash then value.map { |name, number| "#{name}=#{number}" }.join(",")
      when Integer, Symbol then value.to_s
      else File.path(value) # a String, or what has a to_path
      end
    end
  end
end
