# frozen_string_literal: true

# Starts the recording inside the program's own process, before its main script.
#
# Loaded by `ruby -r`, put there by Launcher. It requires the recorder and little else, and leaves
# nothing behind: no feature, constant, environment variable or descriptor. When recording cannot
# start it says so in one line, and the program runs on.
begin
  descriptor = ENV.delete("CODETRACER_BOOT_FD")
  follow = File.join(__dir__, "follow.rb")
  ENV["CODETRACER_BOOT_FD"] = "" if ENV["CODETRACER_FOLLOW"] && !$LOADED_FEATURES.include?(follow)
  if descriptor
    known_before = Object.const_defined?(:CodeTracer, false)
    options = IO.open(Integer(descriptor), "rb") { |file| Marshal.load(file.read) }
    planned = %i[expressions instructions].select { |each| options[each] }
    begin
      load File.join(__dir__, "vm_prism.rb") if planned.any? && RUBY_VERSION >= "3.4"
    rescue LoadError => e
      $stderr.write("codetracer: expressions cannot be recorded on this Ruby (#{e.message}); all " \
                    "else is\n")
      planned.each { |each| options.delete(each) }.clear
    end
    features = $LOADED_FEATURES.dup
    require options.delete(:library)
    require_relative "gem_folders"
    CodeTracer::GemFolders.complete(options)
    require_relative "triggers" if options[:intervals]
    require_relative "expressions" if planned.any?
    planned.each { |each| options[each] = CodeTracer::Expressions }
    own_features = $LOADED_FEATURES - features << __FILE__ << follow
    recorder = CodeTracer.const_defined?(:Pure) ? CodeTracer::Pure : CodeTracer::Native
    recorder.start(options)
    CodeTracer::Triggers.new(recorder, options[:intervals]) if options[:intervals]
  end
rescue StandardError, ScriptError, NoMemoryError => e
  message = e.message.lines.first.to_s.chomp
  message += " [CT-104]" unless message.end_with?("]")
  $stderr.write("codetracer-ruby-recorder: not recording: #{message}\n")
  exit!(97) if options && (options[:on_error] == "abort" || options[:require_trace])
ensure
  if descriptor && !known_before && Object.const_defined?(:CodeTracer, false)
    Object.__send__(:remove_const, :CodeTracer)
  end
  # This file becomes a feature only when it has ended, so the next script's first event forgets it.
  # So does follow.rb, which takes the empty variable away: it is waited for up to the main script.
  forget = TracePoint.new(RUBY_ENGINE == "ruby" ? :script_compiled : :line) do |event|
    is_main = event.event == :line || event.instruction_sequence.path == $PROGRAM_NAME
    ENV.delete("CODETRACER_BOOT_FD") if is_main && ENV["CODETRACER_BOOT_FD"] == ""
    forget.disable unless ENV["CODETRACER_BOOT_FD"] == ""
    $LOADED_FEATURES.reject! { |feature| own_features&.include?(feature) }
  end
  forget.enable
end
