# frozen_string_literal: true

# What the recording inside the program is told, and the file that carries it there.
#
# Made by Launcher, read by boot.rb. The keys are those of CodeTracer::Native.start, save what
# GemFolders completes, and `library`, the file to require. The file is unlinked before anything is
# in it: nobody has to clear up after a killed program.
require_relative "code_folders"
require_relative "filter/secret_names"
require_relative "filter/sources"
require_relative "gem_folders"
require_relative "native"
require_relative "real_folders"
require_relative "recording_facts"
require_relative "recording_folder"
require_relative "version"
require_relative "waiting_ruby"

module CodeTracer
  class BootOptions
    # `options` is a RecordingOptions, `switches` the RubySwitches of the program's command line,
    # `recorder` the Backend, `folder` the absolute path of the recording's folder, `following` a
    # Following or nil.
    def initialize(options, switches:, recorder:, folder:, following: nil)
      @options = options
      @switches = switches
      @recorder = recorder
      @folder = folder
      @following = following
    end

    def to_h
      {
        library: @recorder.library, writer: @recorder.writer, out_dir: @folder,
        profile: @options.profile_for(@recorder.name), program: program, args: arguments,
        workdir: @switches.folder, recorder: "#{RECORDER_NAME} #{VERSION}",
        spool_bytes: @options.spool_bytes, main_script: main_script,
        children: @options.children?, quiet: @options.quiet?, debug: @options.debug?,
        exit_zero: @options.exit_zero?, facts: facts, io: @options.io,
        serializers: @options.serializers, watch: @options.watched,
        intervals: @options.intervals,
        recording_id: @following&.recording_id
      }.merge(value_limits, @options.call_start, @options.policy,
              @options.flight_for(@recorder.name), filters)
    end

    # What boot.rb is told.
    def for_boot
      to_h.merge(compiled)
    end

    # An open, inheritable file of it, without a name.
    def to_file
      file = open_unlinked
      file.write(WaitingRuby::BEGUN, WaitingRuby.pack(for_boot))
      file.flush
      file.rewind
      file.close_on_exec = false
      file
    end

    private

    # Where nothing else is required that may require the same again.
    def compiled
      is_simple = @recorder.writer && !@options.intervals && !@options.expressions? &&
                  !@options.instructions?
      is_simple && defined?(CompiledFiles) ? CompiledFiles.for_program : {}
    end

    def facts
      script = main_script
      folder = script.empty? ? RecordingFolder.current : File.dirname(script)
      RecordingFacts.to_json(@options, folder: folder, sources: rules.provenance,
                                       skip_prefixes: skipped_folders,
                                       started_by: @following ? @following.facts : {})
    end

    def value_limits
      limits = @options.value_limits
      { depth: limits[:depth], items: limits[:items], string_bytes: limits[:bytes],
        nodes: limits[:nodes] }
    end

    # See filter/decider.rb.
    def filters
      { filter: rules.to_h, filter_sources: rules.provenance,
        known_secrets: known_secrets }.merge(code_folders)
    end

    def rules
      script = main_script
      @rules ||= Filter.rules(@options.filters, script: script.empty? ? nil : script,
                                                workdir: @following&.workdir || @switches.folder)
    end

    # What the environment says under a secret's name.
    def environment_secrets
      ENV.select { |name, value| secret_names.secret?(name) && !value.empty? }.values.map(&:b)
    end

    def secret_names
      @secret_names ||= Filter::SecretNames.new(Filter::BuiltIn::SECRET_NAMES,
                                                Filter::BuiltIn::TELLING_WORDS)
    end

    # The words behind `--password` and its like.
    def argument_secrets
      pairs = @switches.arguments.each_cons(2).select do |before, word|
        before.start_with?("-") && !word.start_with?("-") && secret_names.secret?(before)
      end
      pairs.map { |pair| pair.last.b }
    end

    def known_secrets
      environment_secrets + argument_secrets
    end

    # The program's arguments without secrets.
    def arguments
      return [] if @switches.arguments.empty?

      require_relative "filter/secret_text"
      hidden = argument_secrets
      secrets = Filter::SecretText.new(secret_names, Filter::KnownSecrets.new(known_secrets))
      @switches.arguments.map do |word|
        hidden.include?(word.b) ? Filter::SecretText::MARK : secrets.mask(word.b) || word
      end
    end

    def program
      name = @switches.program
      %w[-e -].include?(name) ? name : absolute(name)
    end

    # A pipe such as /dev/fd/63 has no real path.
    def main_script
      name = @switches.program
      return "" if %w[-e -].include?(name)

      RealFolders.path(absolute(name)) || absolute(name)
    end

    # In bytes: under LC_ALL=C neither name nor folder need be valid in the other's encoding.
    def absolute(name)
      found = searched(name) if @switches.switch?("-S")
      found || File.absolute_path(name.b, @switches.folder)
    end

    # `ruby -S rake` looks for rake where a shell would.
    def searched(name)
      return if name.include?("/")

      folders = ENV.values_at("RUBYPATH", "PATH").compact.join(File::PATH_SEPARATOR)
      folders.split(File::PATH_SEPARATOR).map { |folder| File.join(folder.b, name.b) }
             .find { |path| File.file?(path) }
    end

    def skipped_folders
      code_folders[:skip_prefixes] + [GemFolders::UNKNOWN]
    end

    def code_folders
      @code_folders ||= CodeFolders.to_h
    end

    def open_unlinked
      [ENV["TMPDIR"], "/tmp", "/dev/shm", @folder].compact.each do |folder|
        path = File.join(folder, "codetracer-boot-#{Process.pid}")
        file = File.open(path, File::RDWR | File::CREAT | File::EXCL | File::BINARY, 0o600)
        File.unlink(path)
        return file
      rescue SystemCallError
        next
      end
      raise CannotRecord, "no folder for a temporary file (TMPDIR, /tmp, /dev/shm)"
    end
  end
end
