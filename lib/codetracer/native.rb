# frozen_string_literal: true

# Where the compiled parts are: the extension and the writer executable.
#
# Used by the launcher and the tests. A checkout has them under build/, an installed gem beside this
# file. The extension adds start, subreaper? and version to this module when it is loaded.
require_relative "ruby_config"

module CodeTracer
  # A compiled part is missing: exit status 1.
  class NotBuilt < StandardError
  end

  module Native
    ROOT = File.expand_path("../..", __dir__)
    FOLDERS = [File.join(ROOT, "build"), File.join(__dir__, "native")].freeze

    module_function

    def extension_path
      find(File.join("ext", RubyConfig["ruby_version"], "codetracer_recorder.so"))
    end

    def writer_path
      find("ct-writer")
    end

    def ctrace_path
      find("ctrace")
    end

    # Into this process: only to ask what it alone can tell.
    def load
      require extension_path unless loaded?
    end

    def loaded?
      respond_to?(:start)
    end

    def find(name)
      FOLDERS.map { |folder| File.join(folder, name) }.find { |path| File.file?(path) } ||
        raise(NotBuilt, "#{name} is not built for Ruby #{RUBY_VERSION}: run make in #{ROOT}")
    end
    private_class_method :find
  end
end
