# frozen_string_literal: true

# What boot.rb does: the recorder is required and little else, and nothing stays behind: no feature,
# constant, environment variable or descriptor.
#
# Compiled with the launcher, see CompiledFiles. When recording cannot start it says so in one line,
# and the program runs on.
module CodeTracer
  module Booting
    BOOT = File.join(__dir__, "boot.rb")
    FOLLOW = File.join(__dir__, "follow.rb")
    PLANNED = %i[expressions instructions].freeze

    module_function

    # `options` as BootOptions tells them; nil: there is nothing to start; or why they cannot be
    # read. `is_known`: CodeTracer is the program's; `features` were loaded before.
    def run(options, is_known, features)
      ENV["CODETRACER_BOOT_FD"] = "" if ENV["CODETRACER_FOLLOW"] && !features.include?(FOLLOW)
      raise options if options.is_a?(Exception)

      start(options, is_known, features) if options
    rescue StandardError, ScriptError, NoMemoryError => e
      refuse(options, e)
    ensure
      forget($LOADED_FEATURES - features << BOOT << FOLLOW << __FILE__)
      Object.__send__(:remove_const, :CodeTracer) unless is_known
    end

    def start(options, is_known, features)
      code = options.delete(:gem_folders)
      code = nil if is_known
      planned = plan(options)
      features.replace($LOADED_FEATURES) # Prism stays
      require options.delete(:library)
      recorder = CodeTracer.const_defined?(:Pure) ? Pure : Native
      recorder.start(options) { complete(options, code, planned) }
      Triggers.new(recorder, options[:intervals]) if options[:intervals]
    end

    # What of it can be had here.
    def plan(options)
      planned = PLANNED.select { |each| options[each] }
      load File.join(__dir__, "vm_prism.rb") if planned.any? && RUBY_VERSION >= "3.4"
      planned
    rescue LoadError => e
      $stderr.write("codetracer: expressions cannot be recorded on this Ruby (#{e.message}); all " \
                    "else is\n")
      planned.each { |each| options.delete(each) }.clear
    end

    # While the writer starts.
    def complete(options, code, planned)
      if code
        code.each { |each| RubyVM::InstructionSequence.load_from_binary(each).eval }
      else
        require_relative "gem_folders"
      end
      GemFolders.complete(options)
      require_relative "triggers" if options[:intervals]
      require_relative "expressions" if planned.any?
      planned.each { |each| options[each] = Expressions }
    end

    def refuse(options, error)
      message = error.message.lines.first.to_s.chomp
      message += " [CT-104]" unless message.end_with?("]")
      $stderr.write("codetracer-ruby-recorder: not recording: #{message}\n")
      return unless options.is_a?(Hash)

      exit!(97) if options[:on_error] == "abort" || options[:require_trace]
    end

    # A file becomes a feature only when it has ended, so the next script's first event forgets it.
    # So does follow.rb, which takes the empty variable away: it is waited for up to the main
    # script.
    def forget(own_features)
      forget = TracePoint.new(RUBY_ENGINE == "ruby" ? :script_compiled : :line) do |event|
        is_main = event.event == :line || event.instruction_sequence.path == $PROGRAM_NAME
        ENV.delete("CODETRACER_BOOT_FD") if is_main && ENV["CODETRACER_BOOT_FD"] == ""
        forget.disable unless ENV["CODETRACER_BOOT_FD"] == ""
        $LOADED_FEATURES.reject! { |feature| own_features.include?(feature) }
      end
      forget.enable
    end
    private_class_method :start, :plan, :complete, :refuse, :forget
  end
end
