# frozen_string_literal: true

# A Ruby that a recorded program started, and which is recorded too (--follow).
#
# Run by follow_command.rb in that Ruby's process, with the flags of the recording that it belongs
# to. What the flags say of the command's end (its status, its closing line) is not for such a
# program, which runs as it is where it cannot be recorded.
require_relative "launcher"
require_relative "recording_id"
require_relative "recording_options"
require_relative "started_programs"

module CodeTracer
  class Following
    VARIABLE = "CODETRACER_FOLLOW"
    LIBRARY = File.join(__dir__, "follow.rb").freeze
    OWN_SWITCH = "--disable=gems,rubyopt"
    INHERITED = %w[CODETRACER_TRACE_FILTER CODETRACER_RUBY_TRACER_DEBUG].freeze

    # What a program needs in its environment for the Rubies that it starts to be recorded.
    # `folder` is the recording's, `workdir` what patterns on the command line are relative to.
    # Raises CannotRecord.
    def self.environment(options, folder:, workdir:)
      raise CannotRecord, "--follow: a blank in #{LIBRARY}, which RUBYOPT cannot name" if
        LIBRARY.match?(/\s/)

      required = "-r#{LIBRARY}"
      switches = ENV["RUBYOPT"].to_s.split
      switches.unshift(required) unless switches.include?(required)
      { "RUBYOPT" => switches.join(" "), VARIABLE => pack([folder, workdir, *options.kept_words]) }
    end

    # Words as one text without NUL, which any bytes go through.
    def self.pack(words)
      words.map { |word| word.b.gsub(/[%\n]/n) { |byte| format("%%%02X", byte.ord) } }.join("\n")
    end

    def self.unpack(text)
      text.b.split("\n", -1).map { |word| word.gsub(/%(\h\h)/n) { $1.hex.chr } }
    end

    # The exit status, or not at all. `words` are those of the Ruby whose place this one took.
    def self.run(words)
      new(words.empty? ? ["-"] : words).run
    end

    attr_reader :workdir, :recording_id

    def initialize(words)
      @words = words
      @outer_folder, @workdir, *@flags = Following.unpack(ENV.fetch(VARIABLE))
      @outer_ruby = OuterRuby.new(own_switch: OWN_SWITCH)
    end

    def run
      @parent = StartedPrograms.new(@outer_folder)
      return run_plainly("no recording in #{@outer_folder}") unless @parent.recording_id

      Launcher.new(options, @outer_ruby, following: self).run
    rescue NoSuchProgram
      run_plainly(nil) # Ruby says so itself
    rescue CannotRecord, NotBuilt, UsageError, Filter::Fault, SystemCallError, LoadError => e
      run_plainly(e.message.lines.first.chomp)
    end

    # Called when everything else is ready: from now on the parent names this recording.
    def register
      @recording_id = RecordingId.make
      @parent.register(@folder, @recording_id)
    end

    # For trace_info.json.
    def facts
      { started_by: { pid: @parent.pid, recording_id: @parent.recording_id,
                      folder: @parent.folder } }
    end

    private

    def options
      @folder = @parent.make_folder(Process.pid)
      environment = ENV.to_h.select { |name, _| INHERITED.include?(name) }
      RecordingOptions.new([*@flags, "--follow", "--quiet", "--out-dir", @folder, "--", *@words],
                           environment: environment)
    end

    def run_plainly(reason)
      $stderr.write("#{RECORDER_NAME}: not followed: #{reason} [CT-106]\n") if reason
      remove_empty_folder
      exec({ VARIABLE => nil }, [@outer_ruby.executable, @outer_ruby.name], *@words)
    end

    def remove_empty_folder
      Dir.rmdir(@folder) if @folder
    rescue SystemCallError
      nil # something is in it
    end
  end
end
