// Admits only active members of one GitHub organisation, at each login and each refresh.
const GITHUB_ORGANISATION = __GITHUB_ORGANISATION__;
const TENANT_DOMAIN = __TENANT_DOMAIN__;

// include: membership.js

// include: identity.js

exports.onExecutePostLogin = async (event, api) => {
  try {
    await withinBudget((signal) => verifiedReader(event, signal));
  } catch (error) {
    refuse(api, error);
  }
};
