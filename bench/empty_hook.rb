# frozen_string_literal: true

# Builds bench/empty_hook for the running Ruby, under build/bench, when it is older than its source.
#
# Used by the runner. The recorder's own build is not asked for: its Makefile knows how.
require "fileutils"
require "rbconfig"

module Bench
  module EmptyHookBuild
    SOURCE = File.join(__dir__, "empty_hook").freeze
    FOLDER = File.expand_path("../build/bench/#{RbConfig::CONFIG['ruby_version']}", __dir__).freeze
    LIBRARY = File.join(FOLDER, "empty_hook.so").freeze

    module_function

    # The path of the library.
    def require_library
      build unless current?
      LIBRARY
    end

    def current?
      sources = Dir[File.join(SOURCE, "*")].map { |path| File.mtime(path) }
      File.exist?(LIBRARY) && sources.all? { |time| time <= File.mtime(LIBRARY) }
    end

    def build
      FileUtils.mkdir_p(FOLDER)
      log = File.join(FOLDER, "build.log")
      commands = [[RbConfig.ruby, File.join(SOURCE, "extconf.rb")], ["make", "-B", "V=0"]]
      commands.each do |command|
        built = system(*command, chdir: FOLDER, out: [log, "a"], err: %i[child out])
        raise "cannot build the empty hook: see #{log}" unless built
      end
    end
    private_class_method :current?, :build
  end
end
