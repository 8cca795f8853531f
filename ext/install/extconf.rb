# frozen_string_literal: true

# Builds the recorder when its gem is installed: RubyGems runs this, then make, then make install.
#
# A recorder is more than an extension: the writer process and ctrace belong to it. So the Makefile
# written here leaves the work to the one at the root, and puts what it built where the launcher
# looks.
require "rbconfig"
require "shellwords"

root = File.expand_path("../..", __dir__)
native = File.join(root, "lib", "codetracer", "native")
abi = RbConfig::CONFIG["ruby_version"]
build = File.join(Dir.pwd, "build")

unless system("make", "-s", "-C", root, "can-build", "BUILD=#{build}")
  abort "codetracer-ruby-recorder: installing needs a C compiler, make and libzstd with its " \
        "headers (Debian: apt-get install gcc make libzstd-dev)"
end

settings = "BUILD=#{build.shellescape} WERROR= RUBY=#{RbConfig.ruby.shellescape}"

File.write("Makefile", <<~MAKEFILE)
  all:
  \t$(MAKE) -C #{root.shellescape} recorder #{settings}

  install:
  \tmkdir -p #{native.shellescape}/ext/#{abi}
  \tcp #{build.shellescape}/ct-writer #{build.shellescape}/ctrace #{native.shellescape}/
  \tcp #{build.shellescape}/ext/#{abi}/codetracer_recorder.so #{native.shellescape}/ext/#{abi}/
  \t[ ! -f #{build.shellescape}/ext/#{abi}/launcher.iseq ] || \\
  \t    cp #{build.shellescape}/ext/#{abi}/launcher.iseq #{native.shellescape}/ext/#{abi}/
  \trm -rf #{build.shellescape}

  clean:
  \trm -rf #{build.shellescape}

  .PHONY: all install clean
MAKEFILE
