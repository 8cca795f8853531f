# frozen_string_literal: true

# The launcher's files as they were compiled when the recorder was built, so that no start parses
# them again; with them what the program's Ruby is handed, and what RbConfig says.
#
# Used by the front doors before they require CLI; made by ext/install/compile_launcher.rb. What is
# not as it was then, damaged, or not safe to trust is left alone: the files are required as always.
module CodeTracer
  module CompiledFiles
    NAME = "launcher.iseq"
    # Whose instructions they are. Another patch level may number them differently.
    RUBY = [RUBY_ENGINE, RUBY_VERSION, RUBY_PATCHLEVEL, RUBY_REVISION, RUBY_PLATFORM].join(" ")
    ABI = RUBY_VERSION.sub(/\d+\z/, "0") # what RbConfig calls ruby_version
    WRITABLE_BY_OTHERS = 0o022
    HEAD = "Q<2" # size and sum of what follows
    HEAD_SIZE = 16
    SUM_BITS = 64

    module_function

    # As if each had been required, true, if that can be had.
    def require_all
      kept = read or return
      paths = kept[:files].map(&:first)
      return unless ($LOADED_FEATURES & paths).empty? # RUBYOPT may load some

      @unnamed = []
      @parts, @for_program = kept.values_at(:parts, :for_program)
      load(kept[:files])
      RubyConfig.known = kept[:config] if kept[:executable] == executable
      true
    end

    # The same of the files that one needs which is required for an option.
    def require_part(name)
      files = Marshal.load(@parts[name])
      return unless ($LOADED_FEATURES & files.map(&:first)).empty? && fresh?(files)

      load(files)
      true
    end

    # What was compiled calls this before it requires a file of ours. Not sooner: a list of features
    # that was changed by hand makes Ruby look for the real path of each.
    def name_features
      $LOADED_FEATURES.concat(@unnamed)
      @unnamed = []
    end

    # Instructions for booting.rb, as its options.
    def for_program
      @for_program || {}
    end

    # The bytes of a file that keeps `kept`: Ruby itself checks instructions not at all.
    def pack(kept)
      text = Marshal.dump(kept)
      [text.bytesize, text.sum(SUM_BITS)].pack(HEAD) + text
    end

    # { ruby:, folder:, files: [[path, source, instructions], …], … }, the files in the order of
    # their loading, or nil.
    def unpack(bytes)
      size, sum = bytes.unpack(HEAD)
      text = bytes.byteslice(HEAD_SIZE..-1)
      Marshal.load(text) if text && text.bytesize == size && text.sum(SUM_BITS) == sum
    end

    def load(files)
      files.each { |_, _, code| RubyVM::InstructionSequence.load_from_binary(code).eval }
      @unnamed.concat(files.map(&:first))
    end

    # nil where nothing tells.
    def executable
      File.readlink("/proc/self/exe")
    rescue SystemCallError
      nil
    end

    def read
      path = find or return
      kept = unpack(File.binread(path))
      return unless Hash === kept && kept[:ruby] == RUBY && kept[:folder] == __dir__

      kept if fresh?(kept[:files] + kept[:program_files])
    rescue SystemCallError, ArgumentError, TypeError
      nil
    end

    def find
      return unless RUBY_ENGINE == "ruby"

      %w[../../build native].map { |folder| File.join(__dir__, folder, "ext", ABI, NAME) }
                            .find { |path| trusted?(path) }
    end

    # Instructions are not checked by Ruby: only whoever may change our files may write them.
    def trusted?(path)
      found = File.stat(path)
      found.uid == File.stat(__FILE__).uid && (found.mode & WRITABLE_BY_OTHERS).zero?
    rescue SystemCallError
      false
    end

    def fresh?(files)
      files.all? { |path, source, _| File.binread(path) == source }
    end
    private_class_method :load, :read, :find, :trusted?, :fresh?
  end
end
