# frozen_string_literal: true

# The gem: the command, the extension and the library's sources, built where it is installed.
#
# Installing needs a C compiler, make, Ruby's headers and libzstd with its headers; nothing is
# downloaded. What lies in the gem is what building and running need, and no tests.
require_relative "lib/codetracer/version"

Gem::Specification.new do |spec|
  spec.name = CodeTracer::RECORDER_NAME
  spec.version = CodeTracer::VERSION
  spec.summary = "Records every step of a Ruby program as a trace that CodeTracer opens"
  spec.description = "Runs a Ruby program and records its lines, calls, returns, values, " \
                     "exceptions and output, so that a person can walk backwards through them."
  spec.authors = ["The CodeTracer Ruby recorder's maintainers"]
  spec.license = "MIT"
  spec.required_ruby_version = ">= 2.7"
  spec.add_dependency "tomlrb", ">= 1.3", "< 4" # only the launcher, only for filter files

  patterns = %w[
    lib/**/*.rb exe/* src/*.rb ext/**/*.{c,h,rb} libctrace/{include,src,tools}/**/*.{c,h}
    libctrace/README.md Makefile LICENSE README.md CHANGELOG.md doc/**/*
  ]
  spec.files = Dir.chdir(__dir__) { Dir[*patterns].select { |path| File.file?(path) } }
  spec.bindir = "exe"
  spec.executables = %w[codetracer-ruby-recorder ctrace]
  spec.extensions = ["ext/install/extconf.rb"]
  spec.metadata = { "rubygems_mfa_required" => "true" }
end
